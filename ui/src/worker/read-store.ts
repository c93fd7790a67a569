/**
 * A file of any format that is known, from the server or the reader's own, gzipped or not → SampleStore. Bounded: a small file can unpack to
 * anything. V8's CPU profiles are read as they arrive, and may be larger than a string; the pprof format is decoded from its bytes.
 */

import { decodeProfile } from '@nops/core/profile/decode';
import { type FileKind, fileKind, headBytes } from '@nops/core/profile/formats/file-kind';
import { fromCollapsed } from '@nops/core/profile/formats/from-collapsed';
import { fromJson } from '@nops/core/profile/formats/from-json';
import { joinStores } from '@nops/core/profile/query/join-stores';
import { CpuProfileScanner } from '@nops/core/profile/query/scan-cpuprofile';
import type { SampleStore } from '@nops/core/profile/query/store';
import { storeOfCpuProfile } from '@nops/core/profile/query/store-of-cpuprofile';
import { storeOfProfile } from '@nops/core/profile/query/store-of-profile';
import { NopsError } from '@nops/core/protocol/errors';
import { formatBytes } from '@nops/core/units/format';

/** The server's bound too (cli/src/ui-server). */
const maxFileBytes = 1024 ** 3;
const maxUnpackedBytes = 2 * 1024 ** 3;
/** What has to be in memory as a whole: of the pprof format the bytes, of others their text and all its objects. */
const maxWholeBytes: Record<Exclude<FileKind, 'gzip' | 'cpuprofile'>, number> = {
  pprof: 1024 ** 3,
  json: 256 * 1024 ** 2,
  collapsed: 256 * 1024 ** 2,
};

/** `base`: what it is compared with. Throws a NopsError that says what the file is instead. */
export async function readStore(source: string | Blob, base: string | Blob | undefined): Promise<SampleStore> {
  const store = await readOne(source);
  return base === undefined ? store : joinStores(await readOne(base), store);
}

async function readOne(source: string | Blob): Promise<SampleStore> {
  const file = typeof source === 'string' ? await download(source) : source;
  if (file.size > maxFileBytes) throw tooLarge(file.size, maxFileBytes);
  const isGzip = fileKind(await bytesOf(file.slice(0, headBytes))) === 'gzip';
  const stream = isGzip ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream();
  const input = new Input(stream);
  const kind = fileKind(await input.head());
  switch (kind) {
    case 'cpuprofile':
      return readCpuProfile(input);
    case 'pprof':
      return storeOfProfile(decodeProfile(await input.whole(maxWholeBytes.pprof)));
    case 'json':
      return storeOfProfile(fromJson(parseJson(await input.text(maxWholeBytes.json))));
    case 'collapsed':
      return storeOfProfile(fromCollapsed(await input.text(maxWholeBytes.collapsed)));
    default:
      throw new NopsError(
        'usage',
        (await input.head()).length === 0 ? 'the file is empty' : 'this is no profile of a format that is known here',
        'pprof, .cpuprofile, .heapprofile, Chrome traces, files of speedscope and the Firefox Profiler, and collapsed stacks are.',
      );
  }
}

async function readCpuProfile(input: Input): Promise<SampleStore> {
  const scanner = new CpuProfileScanner();
  try {
    for await (const chunk of input.chunks()) scanner.write(chunk);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new NopsError('usage', `this CPU profile is damaged: ${error.message}`, 'Copy or record it again.');
  }
  return storeOfCpuProfile(scanner.finish());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('usage', `its JSON is damaged: ${why}`, 'Copy or record it again.');
  }
}

/** A stream whose beginning can be looked at before all of it is read. */
class Input {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #held: Uint8Array[] = [];
  #size = 0;
  #isDone = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  async head(): Promise<Uint8Array> {
    while (!this.#isDone && this.#size < headBytes) {
      const chunk = await this.#next();
      if (chunk !== undefined) this.#held.push(chunk);
    }
    return concat(this.#held).subarray(0, headBytes);
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    yield* this.#held.splice(0);
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
  }

  async whole(limit: number): Promise<Uint8Array> {
    const all: Uint8Array[] = [];
    for await (const chunk of this.chunks()) {
      if (this.#size > limit) throw tooLarge(this.#size, limit);
      all.push(chunk);
    }
    return concat(all);
  }

  async text(limit: number): Promise<string> {
    return new TextDecoder().decode(await this.whole(limit));
  }

  async #next(): Promise<Uint8Array | undefined> {
    let result: ReadableStreamReadResult<Uint8Array>;
    try {
      result = await this.#reader.read();
    } catch {
      throw new NopsError(
        'usage',
        'the file is damaged: its compressed data ends early or is not what it should be',
        'Copy or record it again.',
      );
    }
    this.#isDone = result.done;
    this.#size += result.value?.length ?? 0;
    if (this.#size > maxUnpackedBytes) throw tooLarge(this.#size, maxUnpackedBytes);
    return result.value;
  }
}

async function download(address: string): Promise<Blob> {
  const response = await fetch(address, { credentials: 'same-origin' });
  if (response.ok) return response.blob();
  throw new NopsError('no-answer', `the server answered ${response.status} instead of the profile`);
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function tooLarge(bytes: number, limit: number): NopsError {
  return new NopsError(
    'usage',
    `the profile is ${formatBytes(bytes)} or more, and the limit is ${formatBytes(limit)}`,
    'Record fewer seconds.',
  );
}

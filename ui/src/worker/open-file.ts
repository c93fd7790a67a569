/**
 * A file from the server or the reader's own, gzipped or not: what it is by how it begins, and its bytes as they come. Bounded: a small
 * file can unpack to anything.
 */

import { type FileKind, fileKind, headBytes } from '@nops/core/profile/formats/file-kind';
import { NopsError } from '@nops/core/protocol/errors';
import { formatBytes } from '@nops/core/units/format';

/** The server's bound too (cli/src/ui-server). */
const maxFileBytes = 1024 ** 3;
const maxUnpackedBytes = 2 * 1024 ** 3;

export interface OpenFile {
  /** Undefined: nothing that is known. */
  kind: Exclude<FileKind, 'gzip'> | undefined;
  input: Input;
}

/** `source`: an address of this page's server, or a file. */
export async function openFile(source: string | Blob): Promise<OpenFile> {
  const file = typeof source === 'string' ? await download(source) : source;
  if (file.size > maxFileBytes) throw tooLarge(file.size, maxFileBytes);
  const isGzip = fileKind(await bytesOf(file.slice(0, headBytes))) === 'gzip';
  const stream = isGzip ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream();
  const input = new Input(stream);
  const kind = fileKind(await input.head());
  return { kind: kind === 'gzip' ? undefined : kind, input };
}

/** A stream whose beginning can be looked at before all of it is read. */
export class Input {
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

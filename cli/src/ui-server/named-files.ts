/**
 * The files that the profiles on the page name, exactly as the page shows them: for no others may it ask. A profile counts once it was
 * sent; it is read for this when the page asks for the first source, and only the names are kept.
 */

import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { fileKind, headBytes } from '@nops/core/profile/formats/file-kind';
import { fromJson } from '@nops/core/profile/formats/from-json';
import { functionFiles } from '@nops/core/profile/function-files';
import { CpuProfileScanner } from '@nops/core/profile/query/scan-cpuprofile';
import { fileOfUrl } from '@nops/core/profile/v8-frame';

const chunkBytes = 1024 ** 2;
/** The page's bounds (ui/src/worker/read-store.ts): what it can't open names nothing. */
const maxUnpackedBytes = 2 * 1024 ** 3;
const maxWholeBytes = { pprof: 1024 ** 3, json: 256 * 1024 ** 2 };

export class NamedFiles {
  readonly #profiles = new Map<string, { read: () => Uint8Array | undefined; files?: Promise<Set<string>> }>();

  /** `read` gives the bytes as they were sent. */
  add(id: string, read: () => Uint8Array | undefined): void {
    if (!this.#profiles.has(id)) this.#profiles.set(id, { read });
  }

  async has(file: string): Promise<boolean> {
    for (const profile of this.#profiles.values()) {
      profile.files ??= filesOf(profile.read());
      if ((await profile.files).has(file)) return true;
    }
    return false;
  }
}

/** Nothing for what can't be read: the page does not show it either. */
async function filesOf(bytes: Uint8Array | undefined): Promise<Set<string>> {
  try {
    return new Set(bytes === undefined ? [] : await readFiles(bytes));
  } catch {
    return new Set();
  }
}

async function readFiles(bytes: Uint8Array): Promise<string[]> {
  const pieces: Buffer[] = [];
  let size = 0;
  let kind: ReturnType<typeof fileKind>;
  const scanner = new CpuProfileScanner();
  for await (const piece of unpacked(bytes)) {
    if (size === 0) kind = fileKind(piece.subarray(0, headBytes));
    size += piece.length;
    if (size > (kind === 'pprof' || kind === 'json' ? maxWholeBytes[kind] : maxUnpackedBytes)) return [];
    if (kind === 'cpuprofile') scanner.write(piece);
    else if (kind === 'pprof' || kind === 'json') pieces.push(piece);
    else return []; // Collapsed stacks name no files.
  }
  if (kind === 'cpuprofile') return urlsOf(scanner).map(fileOfUrl);
  const whole = Buffer.concat(pieces);
  return kind === 'pprof' ? functionFiles(whole) : fromJson(JSON.parse(whole.toString('utf8'))).functionFiles;
}

function urlsOf(scanner: CpuProfileScanner): string[] {
  const { urls, texts } = scanner.finish();
  return [...new Set(urls.array.subarray(0, urls.length))].map(number => texts[number] ?? '');
}

/** In pieces of at least `headBytes` where there is as much, so that others are answered in between. */
async function* unpacked(bytes: Uint8Array): AsyncGenerator<Buffer> {
  if (fileKind(bytes.subarray(0, headBytes)) === 'gzip') {
    yield* Readable.from(split(bytes)).pipe(createGunzip({ chunkSize: chunkBytes })) as AsyncIterable<Buffer>;
    return;
  }
  for (const piece of split(bytes)) {
    yield piece;
    await setImmediate();
  }
}

function* split(bytes: Uint8Array): Generator<Buffer> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < all.length; at += chunkBytes) yield all.subarray(at, at + chunkBytes);
}

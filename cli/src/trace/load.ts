/** A trace file's bytes → Trace, line by line, so that neither its text nor its records are held as a whole. Damaged ones are salvaged. */

import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { NopsError } from '@nops/core/protocol/errors';
import type { Trace } from '@nops/core/trace/model';
import { TraceReader } from '@nops/core/trace/read-trace';
import { formatBytes } from '@nops/core/units/format';
import { salvagePieces } from './salvage.js';

/** A small file can unpack to anything. */
const maxUnpackedBytes = 8 * 1024 ** 3;
/** Read at once. */
const feedBytes = 1 << 18;
/** Of one line: a drain of the recorder has 2 MB. What is longer is left out, and told as damaged. */
const maxLineLength = 1 << 25;

/** Throws `usage` for what is no trace of nops, or one that unpacks to more than `maxBytes`. */
export async function loadTrace(bytes: Buffer, maxBytes = maxUnpackedBytes): Promise<Trace> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b; // RFC 1952
  if (!isGzip) return readText(bytes);
  const reader = new TraceReader();
  const lines = new Lines(reader);
  try {
    for await (const chunk of unpack(bytes, maxBytes)) lines.add(chunk);
  } catch (error) {
    if (error instanceof NopsError) throw error;
    return salvage(bytes);
  }
  lines.end();
  return reader.finish();
}

function readText(bytes: Buffer): Trace {
  const reader = new TraceReader();
  const lines = new Lines(reader);
  for (let at = 0; at < bytes.length; at += feedBytes) lines.add(bytes.subarray(at, at + feedBytes));
  lines.end();
  return reader.finish();
}

async function* unpack(bytes: Buffer, maxBytes: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const feed = async () => {
    for (let at = 0; at < bytes.length; at += feedBytes) {
      if (!gunzip.write(bytes.subarray(at, at + feedBytes)))
        await new Promise(resolve => gunzip.once('drain', resolve));
      if (gunzip.destroyed) return;
    }
    gunzip.end();
  };
  void feed();
  let unpacked = 0;
  for await (const chunk of gunzip as AsyncIterable<Buffer>) {
    unpacked += chunk.length;
    if (unpacked > maxBytes) throw new NopsError('usage', `the trace unpacks to more than ${formatBytes(maxBytes)}`);
    yield chunk;
  }
}

/** Each piece that can be read; what can't is told as a share of the file. */
function salvage(bytes: Buffer): Trace {
  const reader = new TraceReader();
  let unread = 0;
  for (const piece of salvagePieces(bytes)) {
    if (piece.text === undefined) {
      unread += piece.bytes;
      continue;
    }
    for (const line of piece.text.split('\n')) reader.line(line);
  }
  return reader.finish(unread / bytes.length);
}

class Lines {
  readonly #reader: TraceReader;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  /** How much of a line that is too long has been left out so far. */
  #tooLong = 0;

  constructor(reader: TraceReader) {
    this.#reader = reader;
  }

  add(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    const end = text.lastIndexOf('\n');
    // What has no end yet is not looked through again with each chunk.
    if (end >= 0) {
      const lines = this.#rest + text.slice(0, end);
      this.#rest = '';
      for (const line of lines.split('\n')) this.#line(line);
    }
    this.#rest += text.slice(end + 1);
    if (this.#rest.length > maxLineLength) this.#cut();
  }

  end(): void {
    if (this.#rest !== '' || this.#tooLong > 0) this.#line(this.#rest);
  }

  /** Of a line that is too long only how long it is. */
  #cut(): void {
    this.#tooLong += this.#rest.length;
    this.#rest = '';
  }

  #line(text: string): void {
    if (this.#tooLong > 0) this.#reader.skip(this.#tooLong + text.length);
    else this.#reader.line(text);
    this.#tooLong = 0;
  }
}

/** A trace file's bytes → Trace, line by line, so that neither its text nor its records are held as a whole. Damaged ones are salvaged. */

import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { NopsError } from '@nops/core/protocol/errors';
import type { Trace } from '@nops/core/trace/model';
import { TraceReader } from '@nops/core/trace/read-trace';
import { salvagePieces } from './salvage.js';

/** A small file can unpack to anything. */
const maxUnpackedBytes = 8 * 1024 ** 3;
/** Read at once. */
const feedBytes = 1 << 18;

/** Throws `usage` for what is no trace of nops. */
export async function loadTrace(bytes: Buffer): Promise<Trace> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b; // RFC 1952
  if (!isGzip) return readText(bytes);
  const reader = new TraceReader();
  const lines = new Lines(reader);
  try {
    for await (const chunk of unpack(bytes)) lines.add(chunk);
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

async function* unpack(bytes: Buffer): AsyncGenerator<Buffer> {
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
    if (unpacked > maxUnpackedBytes) throw new NopsError('usage', 'the trace unpacks to more than 8 GiB');
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

  constructor(reader: TraceReader) {
    this.#reader = reader;
  }

  add(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#reader.line(line);
  }

  end(): void {
    if (this.#rest !== '') this.#reader.line(this.#rest);
  }
}

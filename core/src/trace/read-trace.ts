/** A trace file's lines → Trace. A line that can't be read is left out and counted; what is there is told. */

import { NopsError } from '../protocol/errors.js';
import { TraceBuilder } from './build.js';
import { SampleReader } from './cpu-samples.js';
import { formatVersion, lineNames, type ThreadTime, type TraceEnd, type TraceHeader, ticksPerMs } from './format.js';
import type { Trace } from './model.js';
import { decodeRecords } from './records.js';

/** How a header of an older version becomes one of the next: `upgrades[1]` makes 2 of 1. */
const upgrades: Record<number, (header: TraceHeader) => TraceHeader> = {};

interface Line {
  ph?: string;
  name?: string;
  id?: string;
  args?: Record<string, unknown>;
}

export class TraceReader {
  #builder: TraceBuilder | undefined;
  #startMicros = 0;
  readonly #samples = new SampleReader();
  #end: TraceEnd | null = null;
  #readBytes = 0;
  #badBytes = 0;

  /** One line of the file, with or without its newline. */
  line(text: string): void {
    this.#readBytes += text.length;
    const line = parse(text);
    if (line === undefined) return;
    if (line === 'damaged' || !this.#addWhole(line)) this.#badBytes += text.length;
  }

  /** A line of which only the length is known. */
  skip(length: number): void {
    this.#readBytes += length;
    this.#badBytes += length;
  }

  /** `unread`: 0 to 1, how much of the file never became lines. */
  finish(unread = 0): Trace {
    if (this.#builder === undefined) {
      throw new NopsError('usage', 'this is no trace of nops: it does not begin with its header');
    }
    const bad = this.#readBytes === 0 ? 0 : this.#badBytes / this.#readBytes;
    return this.#builder.finish(this.#end, unread + (1 - unread) * bad, this.#samples.finish());
  }

  /** False for what is damaged, also where only whoever takes it in notices that. */
  #addWhole(line: Line): boolean {
    try {
      return this.#add(line);
    } catch (error) {
      if (error instanceof NopsError) throw error;
      return false;
    }
  }

  /** False for what is damaged. */
  #add(line: Line): boolean {
    const { name, args = {} } = line;
    if (name === lineNames.header) return this.#begin(args);
    const builder = this.#builder;
    // Of other programs' traces nothing is wanted, and without a header nothing can be known.
    if (builder === undefined) return false;
    if (name === lineNames.strings) return addStrings(builder, args);
    if (name === lineNames.records) return this.#records(builder, args);
    if (name === lineNames.end) return this.#finishBy(args);
    if (line.ph === 'P') this.#profile(line);
    return true;
  }

  #begin(given: Record<string, unknown>): boolean {
    if (this.#builder !== undefined || !isHeader(given)) return false;
    let header: TraceHeader = given;
    if (header.version > formatVersion) {
      throw new NopsError(
        'impossible',
        `the trace has format ${header.version}, and this nops knows those up to ${formatVersion}`,
        'Read it with the version of nops that recorded it, or a later one.',
      );
    }
    while (header.version < formatVersion) {
      const upgrade = upgrades[header.version];
      if (upgrade === undefined) return false;
      header = upgrade(header);
    }
    this.#builder = new TraceBuilder(header);
    this.#startMicros = header.startMicros;
    return true;
  }

  #finishBy(args: Record<string, unknown>): boolean {
    if (!isEnd(args)) return false;
    this.#end = args;
    return true;
  }

  #records(builder: TraceBuilder, args: Record<string, unknown>): boolean {
    const { count, ticks, data } = args as { count: number; ticks: number; data: string };
    if (typeof data !== 'string' || !Number.isInteger(count)) return false;
    const bytes = fromBase64(data);
    return bytes !== undefined && decodeRecords({ bytes, count, ticks }, (...record) => builder.add(...record));
  }

  #profile(line: Line): void {
    const data = line.args?.['data'] as Parameters<SampleReader['chunk']>[1] & { startTime?: number };
    if (data === undefined) return;
    if (line.name === 'Profile') this.#samples.begin(line.id ?? '', data.startTime ?? 0);
    else if (line.name === 'ProfileChunk') this.#samples.chunk(line.id ?? '', data, micros => this.#ticksAt(micros));
  }

  #ticksAt(micros: number): number {
    return Math.max(0, Math.round(((micros - this.#startMicros) / 1000) * ticksPerMs));
  }
}

function isHeader(args: object): args is TraceHeader {
  const header: { [Name in keyof TraceHeader]?: unknown } = args;
  const { version, pid, node, name, startMicros, baseTicks, startedAtMs, mode, poolThreads, missing } = header;
  return (
    Number.isInteger(version) &&
    [pid, startMicros, baseTicks, startedAtMs, poolThreads].every(Number.isFinite) &&
    typeof node === 'string' &&
    (name === null || typeof name === 'string') &&
    (mode === 'full' || mode === 'flight') &&
    areTexts(missing)
  );
}

function isEnd(args: object): args is TraceEnd {
  const { lost, ticks, notes, threads }: { [Name in keyof TraceEnd]?: unknown } = args;
  return (
    Number.isFinite(lost) && Number.isFinite(ticks) && areTexts(notes) && (threads === undefined || areThreads(threads))
  );
}

function areThreads(value: unknown): value is ThreadTime[] {
  return (
    Array.isArray(value) &&
    value.every((one: { [Name in keyof ThreadTime]?: unknown } | null) => {
      const { tid, name, role, cpuMs } = one ?? {};
      return Number.isInteger(tid) && typeof name === 'string' && typeof role === 'string' && Number.isFinite(cpuMs);
    })
  );
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(one => typeof one === 'string');
}

function addStrings(builder: TraceBuilder, args: Record<string, unknown>): boolean {
  const { strings, types } = args as { strings?: [number, string][]; types?: [number, string][] };
  if (!Array.isArray(strings) || !Array.isArray(types)) return false;
  for (const [number, text] of strings) builder.addText(number, String(text));
  for (const [number, name] of types) if (number > 0 && number < 256) builder.addType(number, String(name));
  return true;
}

/** undefined: nothing to read, as the brackets around the events. */
function parse(text: string): Line | 'damaged' | undefined {
  const trimmed = text.trim().replace(/,$/, '');
  if (trimmed === '' || trimmed === '{"traceEvents":[' || trimmed === ']}') return undefined;
  try {
    const value: unknown = JSON.parse(trimmed);
    return typeof value === 'object' && value !== null ? (value as Line) : 'damaged';
  } catch {
    return 'damaged';
  }
}

/** Core knows neither Buffer nor atob. */
function fromBase64(text: string): Uint8Array | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    const group =
      (sextet(text, i) << 18) | (sextet(text, i + 1) << 12) | (sextet(text, i + 2) << 6) | sextet(text, i + 3);
    if (group < 0) return undefined;
    bytes[at++] = group >> 16;
    if (at < bytes.length) bytes[at++] = group >> 8;
    if (at < bytes.length) bytes[at++] = group;
  }
  return bytes;
}

const sextets = new Int8Array(128).fill(-1);
[...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].forEach((char, value) => {
  sextets[char.charCodeAt(0)] = value;
});
sextets['='.charCodeAt(0)] = 0;

function sextet(text: string, index: number): number {
  return sextets[text.charCodeAt(index)] ?? -1;
}

/** The lines of a trace file, see core's trace/format.ts. */

import { lineNames } from '@nops/core/trace/format';
import type { EncodedRecords } from '@nops/core/trace/records';
import type { Dictionary, Drained } from './drain.js';

/** Of our own, which other programs pass over. */
export function metadata(name: string, args: object): object {
  return { ph: 'M', pid: process.pid, tid: process.pid, ts: 0, name, args };
}

/** `sequence`: how many lines of records there were before. */
export function drainedLines({ dictionary, records }: Drained, sequence: number): object[] {
  const isNew = dictionary.strings.length > 0 || dictionary.types.length > 0;
  return [
    ...(isNew ? [dictionaryLine(dictionary)] : []),
    ...(records === undefined ? [] : [recordsLine(records, sequence)]),
  ];
}

export function dictionaryLine(dictionary: Dictionary): object {
  return metadata(lineNames.strings, dictionary);
}

export function recordsLine({ bytes, count, ticks }: EncodedRecords, sequence: number): object {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return metadata(lineNames.records, { seq: sequence, count, ticks, data });
}

/** Each ends with a comma: the end line comes after all of them. */
export function formatLines(lines: readonly object[]): string {
  return lines.map(line => `${JSON.stringify(line)},\n`).join('');
}

/** The bytes of pprof's protocol buffer, already decompressed → Profile. Labels and mappings are not kept yet. */

import * as pprof from 'pprof-format';
import { NopsError } from '../protocol/errors.js';
import { ProfileBuilder } from './builder.js';
import type { Profile, ValueType } from './model.js';

/** Throws a `usage` error when the bytes are not a profile. */
export function decodeProfile(bytes: Uint8Array): Profile {
  const file = parse(bytes);
  const text = (index: number | bigint) => file.stringTable.strings[Number(index)] ?? '';
  const valueType = (v: pprof.ValueType): ValueType => ({ type: text(v.type), unit: text(v.unit) });
  const builder = new ProfileBuilder({
    sampleTypes: file.sampleType.map(valueType),
    defaultSampleType: text(file.defaultSampleType),
    periodType: file.periodType === undefined ? { type: '', unit: '' } : valueType(file.periodType),
    period: signed(file.period),
    timeNanos: BigInt.asIntN(64, BigInt(file.timeNanos)),
    durationNanos: signed(file.durationNanos),
    comments: file.comment.map(text),
  });
  const functionIds = new Map(
    file.function.map(f => [Number(f.id), builder.functionId(text(f.name), text(f.filename), signed(f.startLine))]),
  );
  const unknown = () => builder.functionId('', '', 0);
  const locationIds = new Map(
    file.location.map(location => {
      const lines = location.line.map(l => ({
        functionId: functionIds.get(Number(l.functionId)) ?? unknown(),
        line: signed(l.line),
        column: signed(l.column),
      }));
      return [Number(location.id), builder.locationId(lines)];
    }),
  );
  for (const sample of file.sample) {
    const stack = sample.locationId.map(id => locationIds.get(Number(id)));
    if (stack.includes(undefined)) throw damaged('a sample names a location that the file does not hold');
    if (sample.value.length !== file.sampleType.length)
      throw damaged('a sample has more or fewer values than there are sample types');
    builder.addSample(
      stack.filter(id => id !== undefined),
      sample.value.map(signed),
    );
  }
  return builder.build();
}

function parse(bytes: Uint8Array): pprof.Profile {
  checkNumbers(bytes);
  let file: pprof.Profile;
  try {
    file = pprof.Profile.decode(bytes);
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error));
  }
  if (file.sampleType.length === 0) throw damaged('it has no sample type');
  return file;
}

/** pprof-format reads the format's signed 64-bit fields as unsigned. */
function signed(value: number | bigint): number {
  return Number(BigInt.asIntN(64, BigInt(value)));
}

function damaged(why: string): NopsError {
  return new NopsError('usage', `this is not a readable pprof profile: ${why}`);
}

/** Field 6 of profile.proto: the string table, the only field with bytes that are not numbers. */
const stringField = 6;
/** A 64-bit number has ten bytes at most, all but the last with the high bit set. */
const maxNumberBytes = 10;

/**
 * Refuses numbers that do not end. pprof-format takes time by the square of a number's length, so a damaged file of a few hundred
 * kilobytes would keep it busy for a minute.
 */
function checkNumbers(bytes: Uint8Array): void {
  let at = 0;
  const readNumber = (): number => {
    let value = 0;
    for (let i = 0; i < maxNumberBytes && at < bytes.length; i++) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw damaged('it holds a number that does not end');
  };
  while (at < bytes.length) {
    const tag = readNumber();
    const length = payloadLength(tag % 8, readNumber);
    if (tag >>> 3 !== stringField) checkRuns(bytes.subarray(at, at + length));
    at += length;
  }
}

/** How many bytes follow a tag of this wire type, once the number that belongs to it has been read. */
function payloadLength(wireType: number, readNumber: () => number): number {
  if (wireType === 2) return readNumber();
  if (wireType === 0) readNumber();
  else if (wireType !== 1 && wireType !== 5) throw damaged(`it holds a field of the unknown wire type ${wireType}`);
  return wireType === 1 ? 8 : wireType === 5 ? 4 : 0;
}

function checkRuns(bytes: Uint8Array): void {
  let run = 0;
  for (const byte of bytes) {
    run = byte < 0x80 ? 0 : run + 1;
    if (run >= maxNumberBytes) throw damaged('it holds a number that does not end');
  }
}

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
    period: Number(file.period),
    timeNanos: BigInt(file.timeNanos),
    durationNanos: Number(file.durationNanos),
    comments: file.comment.map(text),
  });
  const functionIds = new Map(
    file.function.map(f => [Number(f.id), builder.functionId(text(f.name), text(f.filename), Number(f.startLine))]),
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

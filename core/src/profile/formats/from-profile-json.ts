/** JSON as `toJson` wrote it → Profile. */

import { NopsError } from '../../protocol/errors.js';
import { ProfileBuilder } from '../builder.js';
import type { Label, Profile } from '../model.js';
import type { ProfileJson } from './profile-json.js';

/** Throws `usage` for samples that name what is not there. */
export function fromProfileJson(json: ProfileJson): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: json.sampleTypes.map(({ type, unit }) => ({ type: String(type), unit: String(unit) })),
    defaultSampleType: String(json.defaultSampleType),
    periodType: { type: String(json.periodType.type), unit: String(json.periodType.unit) },
    period: Number(json.period),
    timeNanos: BigInt(json.timeNanos),
    durationNanos: Number(json.durationNanos),
    comments: json.comments.map(String),
  });
  const locations = json.frames.map(({ function: name, file, startLine, line, column }) =>
    builder.locationId([{ functionId: builder.functionId(String(name), String(file), startLine), line, column }]),
  );
  for (const { stack, values, labels } of json.samples) {
    if (values.length !== json.sampleTypes.length)
      throw new NopsError('usage', 'a sample has more or fewer values than there are types');
    const frames = stack.map(frame => {
      const location = locations[frame];
      if (location === undefined) throw new NopsError('usage', 'a sample names a frame that is not there');
      return location;
    });
    builder.addSample(frames, values.map(Number), labels.map(readLabel));
  }
  return builder.build();
}

function readLabel(label: ProfileJson['samples'][number]['labels'][number]): Label {
  if ('text' in label) return { key: String(label.key), text: String(label.text) };
  return { key: String(label.key), number: BigInt.asIntN(64, BigInt(label.number)), unit: String(label.unit) };
}

/** Collapsed stacks (brendangregg/FlameGraph) → Profile: "root;caller;leaf 42" a line, as `perf` and most profilers can write. */

import { NopsError } from '../../protocol/errors.js';
import { ProfileBuilder } from '../builder.js';
import type { Profile, ValueType } from '../model.js';

/** Values are `samples/count` unless told otherwise. Throws `usage` with the line that is none. */
export function fromCollapsed(text: string, type: ValueType = { type: 'samples', unit: 'count' }): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [type],
    periodType: { type: '', unit: '' },
    period: 0,
    timeNanos: 0n,
    durationNanos: 0,
  });
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const found = /^(.+) (-?\d+(?:\.\d+)?)\r?$/.exec(line);
    if (found === null) throw new NopsError('usage', `line ${i + 1} is no collapsed stack with a number at its end`);
    const [, stack = '', value = ''] = found;
    const locations = stack
      .split(';')
      .map(name => builder.locationId([{ functionId: builder.functionId(name, '', 0), line: 0, column: 0 }]));
    builder.addSample(locations.reverse(), [Number(value)]);
  }
  return builder.build();
}

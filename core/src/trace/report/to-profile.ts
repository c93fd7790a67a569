/** A blocking report as a profile, with the sample types of Go's block profile: `go tool pprof` shows where the time was waited. */

import { ProfileBuilder } from '../../profile/builder.js';
import type { Profile } from '../../profile/model.js';
import { ticksPerMs } from '../format.js';
import type { Trace } from '../model.js';
import type { BlockingRow } from './blocking.js';
import { parseStack } from './stacks.js';

/** Where no stack is known, what was waited for stands for it. */
export function blockingProfile(trace: Trace, rows: readonly BlockingRow[]): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'contentions', unit: 'count' },
      { type: 'delay', unit: 'nanoseconds' },
    ],
    defaultSampleType: 'delay',
    periodType: { type: 'contentions', unit: 'count' },
    period: 1,
    timeNanos: BigInt(Math.round(trace.header.startedAtMs)) * 1_000_000n,
    durationNanos: (trace.ticks / ticksPerMs) * 1e6,
    comments: ['waits out of a trace of nops'],
  });
  for (const row of rows) {
    const wait = builder.functionId(`(${row.column}) ${row.what}`, '', 0);
    const frames = parseStack(row.stack).map(frame => ({
      functionId: builder.functionId(frame.function, frame.file.replace(/^file:\/\//, ''), 0),
      line: frame.line,
      column: frame.column,
    }));
    const stack = [{ functionId: wait, line: 0, column: 0 }, ...frames].map(line => builder.locationId([line]));
    builder.addSample(
      stack,
      [row.count, Math.round(row.totalMs * 1e6)],
      [
        { key: 'wait', text: row.column },
        { key: 'what', text: row.what },
      ],
    );
  }
  return builder.build();
}

/**
 * A profile of a given size, the same for the same numbers: stacks are paths in one random tree of calls, as real ones are, so that
 * neighbours share callers and some functions recur.
 */

import { ProfileBuilder } from '@nops/core/profile/builder';
import type { Profile } from '@nops/core/profile/model';

export interface Size {
  samples: number;
  frames: number;
  functions: number;
}

export function syntheticProfile({ samples, frames, functions }: Size, seed = 1): Profile {
  let state = seed;
  /** A linear congruential generator (Numerical Recipes): good enough to spread calls. */
  const below = (count: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: 10_000_000,
    timeNanos: 1_700_000_000_000_000_000n,
    durationNanos: samples * 10_000_000,
  });
  const locations = Array.from({ length: functions * 2 }, (_, l) => {
    const f = l % functions;
    const functionId = builder.functionId(`module${f % 97}.function${f}`, `/srv/app/module${f % 97}.js`, f);
    return builder.locationId([{ functionId, line: f + (l < functions ? 1 : 7), column: 1 }]);
  });
  const stack: number[] = [];
  for (let i = 0; i < samples; i++) {
    // The next stack leaves the one before somewhere, most often near its leaf.
    const kept = Math.min(stack.length, frames - 1 - Math.floor(below(frames) ** 2 / frames));
    stack.length = Math.max(0, kept);
    while (stack.length < frames) {
      const caller = stack.at(-1) ?? 0;
      // Each function calls eight others.
      stack.push(locations[(caller * 8 + below(8) + 1) % locations.length] ?? 0);
    }
    builder.addSample(stack.toReversed(), [1, 10_000_000]);
  }
  return builder.build();
}

/** speedscope's file → Profile. Sampled profiles with the same stacks become one with several sample types, as `toSpeedscope` wrote them. */

import { NopsError } from '../../protocol/errors.js';
import { ProfileBuilder } from '../builder.js';
import type { Profile } from '../model.js';
import type { SpeedscopeFile, SpeedscopeFrame, SpeedscopeProfile } from './speedscope.js';

/** Throws `usage` for evented profiles, for stacks that differ between profiles, and for what is no such file. */
export function fromSpeedscope(file: SpeedscopeFile): Profile {
  const frames = file.shared?.frames;
  const [first] = file.profiles ?? [];
  if (!Array.isArray(frames) || first === undefined) throw refused('it has no frames or no profile');
  for (const profile of file.profiles) {
    if (profile.type !== 'sampled') throw refused(`its profile ${profile.name} has events instead of samples`);
    if (!isSame(profile.samples, first.samples)) throw refused('its profiles have different stacks');
    if (profile.weights.length !== profile.samples.length) throw refused('a sample has no weight');
  }
  const builder = new ProfileBuilder({
    sampleTypes: file.profiles.map(({ name, unit }) => ({ type: name, unit: unit === 'none' ? 'count' : unit })),
    defaultSampleType: file.profiles[file.activeProfileIndex ?? -1]?.name ?? '',
    periodType: { type: '', unit: '' },
    period: 0,
    timeNanos: 0n,
    durationNanos: 0,
  });
  const locations = frames.map(frame => locationOf(builder, frame));
  for (const [i, sample] of first.samples.entries()) {
    const stack = sample.toReversed().map(frame => {
      const location = locations[frame];
      if (location === undefined) throw refused('a sample names a frame that is not there');
      return location;
    });
    builder.addSample(
      stack,
      file.profiles.map(({ weights }) => weights[i] ?? 0),
    );
  }
  return builder.build();
}

function locationOf(builder: ProfileBuilder, { name, file = '', line = 0, col = 0 }: SpeedscopeFrame): number {
  return builder.locationId([{ functionId: builder.functionId(name, file, 0), line, column: col }]);
}

function isSame(a: SpeedscopeProfile['samples'], b: SpeedscopeProfile['samples']): boolean {
  return a.length === b.length && a.every((stack, i) => stack.join() === b[i]?.join());
}

function refused(why: string): NopsError {
  return new NopsError('usage', `this is no speedscope file that can be read: ${why}`);
}

/** Go's `seconds` of profiles that count what is there: a second look minus the first, so that values can be negative. */

import { merge } from '@nops/core/profile/merge';
import type { Profile } from '@nops/core/profile/model';
import { scale } from '@nops/core/profile/scale';
import type { View } from './profile-view.js';
import { wait } from './wait.js';

export async function lookOrCompare(look: () => Promise<Profile>, view: View, signal: AbortSignal): Promise<Profile> {
  const first = await look();
  return view.seconds === undefined ? first : compareLater(first, look, view.seconds, signal);
}

/** What a look in `seconds` has that `first` has not. */
export async function compareLater(
  first: Profile,
  look: () => Promise<Profile>,
  seconds: number,
  signal: AbortSignal,
): Promise<Profile> {
  const began = performance.now();
  await wait(seconds * 1000, signal);
  const second = await look();
  const durationNanos = (performance.now() - began) * 1e6;
  return { ...merge([scale(first, -1), second]), timeNanos: second.timeNanos, durationNanos };
}

/** Go's `seconds` of profiles that count what is there: a second look minus the first, so that values can be negative. */

import { merge } from '@nops/core/profile/merge';
import type { Profile } from '@nops/core/profile/model';
import { scale } from '@nops/core/profile/scale';
import type { View } from './profile-view.js';
import { wait } from './wait.js';

export async function lookOrCompare(look: () => Promise<Profile>, view: View, signal: AbortSignal): Promise<Profile> {
  const first = await look();
  if (view.seconds === undefined) return first;
  const began = performance.now();
  await wait(view.seconds * 1000, signal);
  const second = await look();
  const durationNanos = (performance.now() - began) * 1e6;
  return { ...merge([scale(first, -1), second]), timeNanos: second.timeNanos, durationNanos };
}

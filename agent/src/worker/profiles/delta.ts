/** Go's `seconds` of profiles that count what is there: a second look minus the first, so that values can be negative. */

import { merge } from '@nops/core/profile/merge';
import type { Profile } from '@nops/core/profile/model';
import { scale } from '@nops/core/profile/scale';
import type { Reply } from '../context.js';
import { wait } from '../wait.js';
import { type Shown, show, showLater } from './profile-view.js';

/**
 * What a look finds; with `seconds` what a second one has that the first has not. Then the headers go out after the first:
 * `go tool pprof` waits for them half as long again as it asked to measure.
 */
export async function showLooks(look: () => Promise<Profile>, shown: Shown, signal: AbortSignal): Promise<Reply> {
  const { seconds } = shown.view;
  const first = await look();
  if (seconds === undefined) return show(first, shown);
  return showLater(compareLater(first, look, seconds, signal), { ...shown, name: `${shown.name}-delta` });
}

async function compareLater(
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

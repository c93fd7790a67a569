/** What a profile says about itself. */

import { formatCount, formatLocalTime, formatMillis } from '@nops/core/units/format';
import { opened } from '../state/store.js';

/** A profile may hold any number of comments. */
const maxComments = 20;

export function facts(): string[] {
  const profile = opened.value;
  if (profile === undefined) return [];
  const { startedAtMs, durationNanos, samples, comments, isTimed } = profile;
  return [
    startedAtMs > 0 ? formatLocalTime(startedAtMs) : '',
    durationNanos > 0 ? `over ${formatMillis(durationNanos / 1e6)}` : '',
    `${formatCount(samples)} ${isTimed ? 'samples' : 'different stacks'}`,
    ...comments.slice(0, maxComments),
    comments.length > maxComments ? `${comments.length - maxComments} more comments` : '',
  ];
}

/** Suspended async functions as Go's goroutine dump (debug=2), so that what reads those reads ours: each stack with why it waits. */

import type { AsyncGroup } from '../protocol/async-results.js';
import { safe } from '../units/safe.js';

/** As Go's, 64 MB. */
const maxLength = 64 * 1024 * 1024;

/**
 *   goroutine 1 [timer 5000 ms]:
 *   sleep()
 *   	/app/job.js:12:9
 */
export function goroutineDump(groups: readonly AsyncGroup[]): string {
  const parts: string[] = [];
  let length = 0;
  let number = 0;
  for (const group of safe(groups)) {
    const body = group.frames.map(f => `${f.function || '(anonymous)'}()\n\t${f.url}:${f.line}:${f.column}\n`).join('');
    const reasons = reasonsOf(group);
    for (let i = 0; i < group.count; i++) {
      const part = `goroutine ${++number} [${reasons[i] ?? reasons.at(-1)}]:\n${body}`;
      length += part.length + 1;
      if (length > maxLength) return parts.join('\n');
      parts.push(part);
    }
  }
  return parts.join('\n');
}

/** One per stack as far as they are known; the last stands for the rest. */
function reasonsOf({ runnable, stuckMs, waitsOn, count }: AsyncGroup): string[] {
  if (runnable) return ['runnable'];
  const unknown = stuckMs > 0 ? 'await' : 'in transit';
  const known = waitsOn.flatMap(cause => {
    const text = cause.type === 'unknown' ? unknown : `${cause.type} ${cause.detail}`.trim();
    return new Array<string>(Math.min(cause.count ?? 1, count)).fill(text.replaceAll(']', ' '));
  });
  return known.length < count ? [...known, unknown] : known;
}

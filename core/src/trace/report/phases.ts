/**
 * The event loop by its phases (docs.libuv.org/en/v1.x/design.html): whose callbacks took how long, what they left in microtasks included;
 * and how late timers were, which is how long anything ready may have to wait.
 */

import { ticksPerMs } from '../format.js';
import { growing32 } from '../growing-column.js';
import type { Trace } from '../model.js';

export interface LoopPhases {
  /** Timers; events of the kernel and of libuv's threads; setImmediate. */
  timersMs: number;
  pollMs: number;
  checkMs: number;
  /** Of timers made in the trace: how long after they were due they ran. null when there was none. */
  delay: { count: number; p50Ms: number; p99Ms: number; maxMs: number } | null;
}

/** `endOf`: ticks at which a turn ended. */
export function loopPhases(trace: Trace, endOf: (turn: number) => number): LoopPhases {
  const { turns, segments, resources, types } = trace;
  const ticks = { timers: 0, poll: 0, check: 0 };
  const late = growing32();
  for (let turn = 0; turn < turns.count; turn++) {
    const first = turns.first[turn] ?? 0;
    const begin = segments.begin[first] ?? 0;
    const root = (segments.id[first] ?? 0) | 0;
    const type = types[root < 0 ? 0 : (resources.type[root] ?? 0)];
    ticks[type === 'Timeout' ? 'timers' : type === 'Immediate' ? 'check' : 'poll'] += endOf(turn) - begin;
    const made = root < 0 ? 0 : (resources.made[root] ?? 0);
    if (type !== 'Timeout' || made === 0) continue;
    const previous = segments.previous(first);
    const since = previous === 0 ? made - 1 : (segments.end[previous - 1] ?? 0);
    late.push(Math.max(0, begin - since - Math.max(1, resources.delay[root] ?? 0) * ticksPerMs));
  }
  return {
    timersMs: ticks.timers / ticksPerMs,
    pollMs: ticks.poll / ticksPerMs,
    checkMs: ticks.check / ticksPerMs,
    delay: describe(late.finish().sort()),
  };
}

function describe(sorted: Uint32Array): LoopPhases['delay'] {
  if (sorted.length === 0) return null;
  const at = (share: number) => (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0) / ticksPerMs;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

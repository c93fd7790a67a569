/**
 * Which callbacks ran, when, and what they started: async_hooks into the ring. Neither `destroy`, which makes every promise dearer, nor
 * `promiseResolve`, nor stacks.
 */

import { AsyncResource, createHook } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import { kinds, marks, otherType, ticksPerMs } from '@nops/core/trace/format';
import type { Writer } from './writer.js';

const maxDelay = 0xffff;
/** After a pause of this length the loop is asked how much of it it spent waiting for events. */
const pauseMs = 0.2;

/** Returns what stops it. */
export function recordAsync(writer: Writer): () => void {
  const { put } = writer;
  const clock = performance;
  // Numbers of 32 bits: an app's ids may be larger by now.
  const base = new AsyncResource('NOPS').asyncId();
  const types = new Map<string, number>();
  let depth = 0;
  let leftAt = clock.now();
  let idleMs = clock.nodeTiming.idleTime;

  function typeOf(name: string): number {
    const known = types.get(name);
    if (known !== undefined) return known;
    if (types.size >= otherType - 1) return otherType;
    const number = types.size + 1;
    types.set(name, number);
    put(kinds.type, number, writer.text(name));
    return number;
  }

  function tellIdle(now: number): void {
    const idle = clock.nodeTiming.idleTime;
    if (now - leftAt > pauseMs) put(kinds.mark | (marks.idle << 8), (idle - idleMs) * ticksPerMs, 0);
    idleMs = idle;
  }

  const hook = createHook({
    init(id, type, trigger, resource) {
      let word = kinds.init | (typeOf(type) << 8);
      if (type === 'Timeout') {
        const delay = (resource as { _idleTimeout?: number })._idleTimeout ?? 0;
        word |= Math.min(Math.max(delay, 0), maxDelay) << 16;
      }
      put(word, id - base, trigger - base);
    },
    before(id) {
      if (depth === 0) {
        const now = clock.now();
        if (now - leftAt > pauseMs) tellIdle(now);
      }
      depth++;
      put(kinds.before, id - base, 0);
    },
    after(id) {
      put(kinds.after, id - base, 0);
      if (depth > 0) depth--;
      if (depth === 0) leftAt = clock.now();
    },
  });
  hook.enable();
  return () => {
    hook.disable();
  };
}

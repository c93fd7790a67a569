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
const pauseTicks = 0.2 * ticksPerMs;

/** Returns what stops it. `onTls` is told of each TLS connection that is made. */
export function recordAsync(writer: Writer, onTls: (asyncId: number) => void): () => void {
  const { now, put, putAt } = writer;
  const { nodeTiming } = performance;
  // Numbers of 32 bits: an app's ids may be larger by now.
  const base = new AsyncResource('NOPS').asyncId();
  const types = new Map<string, number>();
  let depth = 0;
  /** Of the latest record: promises and ticks are made by the dozen, and need no time of their own. */
  let latest = now();
  let idleMs = nodeTiming.idleTime;

  function typeOf(name: string): number {
    const known = types.get(name);
    if (known !== undefined) return known;
    if (types.size >= otherType - 1) return otherType;
    const number = types.size + 1;
    types.set(name, number);
    put(kinds.type, number, writer.text(name));
    return number;
  }

  function tellIdle(ticks: number): void {
    const idle = nodeTiming.idleTime;
    putAt(kinds.mark | (marks.idle << 8), (idle - idleMs) * ticksPerMs, 0, ticks);
    idleMs = idle;
  }

  const hook = createHook({
    init(id, type, trigger, resource) {
      if (type === 'PROMISE' || type === 'TickObject') {
        putAt(kinds.init | (typeOf(type) << 8), id - base, trigger - base, latest);
        return;
      }
      latest = now();
      let word = kinds.init | (typeOf(type) << 8);
      if (type === 'Timeout') {
        const delay = (resource as { _idleTimeout?: number })._idleTimeout ?? 0;
        word |= Math.min(Math.max(delay, 0), maxDelay) << 16;
      }
      putAt(word, id - base, trigger - base, latest);
      if (type === 'TLSWRAP') onTls(id);
    },
    before(id) {
      const ticks = now();
      if (depth === 0 && ticks - latest > pauseTicks) tellIdle(ticks);
      depth++;
      latest = ticks;
      putAt(kinds.before, id - base, 0, ticks);
    },
    after(id) {
      latest = now();
      putAt(kinds.after, id - base, 0, latest);
      if (depth > 0) depth--;
    },
  });
  hook.enable();
  return () => {
    hook.disable();
  };
}

/**
 * Which callbacks ran, when, and what they started: async_hooks into the ring. Neither `destroy`, which makes every promise dearer, nor
 * `promiseResolve`, nor stacks.
 */

import { AsyncResource, createHook } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import { firstOwnType, kinds, marks, otherType, ticksPerMs } from '@nops/core/trace/format';
import type { Writer } from './writer.js';

const maxDelay = 0xffff;
/** After a pause of this length the loop is asked how much of it it spent waiting for events. */
const pauseTicks = 0.2 * ticksPerMs;

/** Of a wait that nothing else explains: less is none. */
const waitTicks = 0.01 * ticksPerMs;

/** Of the latest promises and ticks, by the low bits of their ids: 32 kB, so that it stays in the processor's cache. */
const followers = 1 << 13;

class AsyncEvents {
  readonly #writer: Writer;
  readonly #onTls: (asyncId: number) => void;
  /** Numbers of 32 bits: an app's ids may be larger by now. */
  readonly #base = new AsyncResource('NOPS').asyncId();
  readonly #types = new Map<string, number>();
  #promise = 0;
  #tick = 0;
  readonly #followers = new Int32Array(followers);
  #depth = 0;
  /** Ticks of the latest reading of the clock. */
  #latest: number;
  /** Of the loop's waiting what has been told. */
  #idleMs = performance.nodeTiming.idleTime;
  /** Pauses since the last one that was asked for, too short to ask: the loop may have waited in them. */
  #shortPauses = 0;

  constructor(writer: Writer, onTls: (asyncId: number) => void) {
    this.#writer = writer;
    this.#onTls = onTls;
    this.#latest = writer.now();
  }

  init(asyncId: number, type: string, triggerId: number, resource: object): void {
    const id = asyncId - this.#base;
    const trigger = triggerId - this.#base;
    // Made by the dozen: they need no time of their own.
    if (type === 'PROMISE') {
      this.#promise ||= this.#typeOf(type);
      this.#followers[id & (followers - 1)] = id;
      this.#writer.putAt(kinds.init | (this.#promise << 8), id, trigger, this.#latest);
    } else if (type === 'TickObject') {
      this.#tick ||= this.#typeOf(type);
      this.#followers[id & (followers - 1)] = id;
      this.#writer.putAt(kinds.init | (this.#tick << 8), id, trigger, this.#latest);
    } else {
      this.#latest = this.#writer.now();
      let word = kinds.init | (this.#typeOf(type) << 8);
      if (type === 'Timeout') {
        const delay = (resource as { _idleTimeout?: number })._idleTimeout ?? 0;
        word |= Math.min(Math.max(delay, 0), maxDelay) << 16;
      }
      this.#writer.putAt(word, id, trigger, this.#latest);
      if (type === 'TLSWRAP') this.#onTls(asyncId);
    }
  }

  /**
   * Promises and ticks follow at once on what ran before them, which has read the clock: that halves the readings. In the rare case that
   * they do not (what ran before is none of async_hooks' resources, such as the compiler of WebAssembly) `after` sees that the loop waited.
   */
  before(asyncId: number): void {
    const id = asyncId - this.#base;
    if (this.#depth !== 0 || this.#followers[id & (followers - 1)] !== id) {
      const pause = this.#readClock();
      if (this.#depth === 0) {
        if (pause > pauseTicks) this.#tellPause();
        else this.#shortPauses += pause;
      }
    }
    this.#depth++;
    this.#writer.putAt(kinds.before, id, 0, this.#latest);
    // What begins now may block: it is to be seen meanwhile.
    this.#writer.publish();
  }

  after(asyncId: number): void {
    const id = asyncId - this.#base;
    const took = this.#readClock();
    if (took > pauseTicks && this.#depth === 1 && this.#followers[id & (followers - 1)] === id) this.#tellWait();
    this.#writer.putAt(kinds.after, id, 0, this.#latest);
    if (this.#depth > 0) this.#depth--;
  }

  /** Returns ticks since the last time. */
  #readClock(): number {
    const ticks = this.#writer.now();
    const passed = (ticks - this.#latest) | 0;
    this.#latest = ticks;
    return passed;
  }

  /** How much of a pause the loop waited for events. None is news too: then Node itself was busy. */
  #tellPause(): void {
    this.#tellIdle(this.#untoldIdle());
    this.#shortPauses = 0;
  }

  /** The loop may have waited within what took so long: more than short pauses before it explain. */
  #tellWait(): void {
    const waited = this.#untoldIdle() - this.#shortPauses;
    if (waited >= waitTicks) this.#tellIdle(waited);
  }

  #untoldIdle(): number {
    return (performance.nodeTiming.idleTime - this.#idleMs) * ticksPerMs;
  }

  #tellIdle(ticks: number): void {
    this.#writer.putAt(kinds.mark | (marks.idle << 8), ticks, 0, this.#latest);
    this.#idleMs += ticks / ticksPerMs;
  }

  #typeOf(name: string): number {
    const known = this.#types.get(name);
    if (known !== undefined) return known;
    if (this.#types.size >= firstOwnType - 1) return otherType;
    const number = this.#types.size + 1;
    this.#types.set(name, number);
    this.#writer.put(kinds.type, number, this.#writer.text(name));
    return number;
  }
}

/** Of the recording that runs. */
let events: AsyncEvents | undefined;

/** One for all recordings: V8 has compiled it when the second begins. */
const hook = createHook({
  init: (id, type, trigger, resource) => events?.init(id, type, trigger, resource),
  before: id => events?.before(id),
  after: id => events?.after(id),
});

/** Returns what stops it. `onTls` is told of each TLS connection that is made. */
export function recordAsync(writer: Writer, onTls: (asyncId: number) => void): () => void {
  events = new AsyncEvents(writer, onTls);
  hook.enable();
  return () => {
    hook.disable();
    events = undefined;
  };
}

/**
 * Trace events for Perfetto and Chrome out of our records: what the main thread ran, requests, collections. Slices too short to be seen
 * are left out: nops itself reads the records.
 */

import { kinds, marks, ticksPerMs } from '@nops/core/trace/format';

/** On a screen of 2000 points a trace of 10 s has 5 ms for each. */
const shortestTicks = 0.1 * ticksPerMs;
const ticksPerMicro = ticksPerMs / 1000;
/** Chrome's tracks are threads: collections have one of their own, beside the real ones. */
const gcTrack = 1;

const idMask = 2 ** 20 - 1;

interface Open {
  id: number;
  began: number;
}

export class SliceLines {
  readonly #pid: number;
  readonly #startMicros: number;
  #lines: object[] = [];
  #texts: ReadonlyMap<number, string> = new Map();
  readonly #types = new Map<number, string>();
  /** Types of the latest resources, by the low bits of their ids. */
  readonly #typeOf = new Uint8Array(idMask + 1);
  #stack: Open[] = [];

  constructor(pid: number, startMicros: number) {
    this.#pid = pid;
    this.#startMicros = startMicros;
    this.#event({ ph: 'M', name: 'thread_name', tid: pid, args: { name: 'main thread' } });
    this.#event({ ph: 'M', name: 'thread_name', tid: gcTrack, args: { name: 'garbage collection' } });
  }

  name(types: [number, string][], texts: ReadonlyMap<number, string>): void {
    for (const [number, name] of types) this.#types.set(number, name);
    this.#texts = texts;
  }

  add(kind: number, extra: number, a: number, b: number, ticks: number): void {
    if (kind === kinds.init) this.#typeOf[a & idMask] = extra & 0xff;
    else if (kind === kinds.before) this.#stack.push({ id: a, began: ticks });
    else if (kind === kinds.after) this.#ended(a, ticks);
    else if (kind === kinds.gc) {
      this.#event({ ph: 'X', cat: 'nops.gc', name: 'GC', tid: gcTrack, ts: this.#micros(b), dur: a / ticksPerMicro });
    } else if (kind === kinds.mark) this.#mark(extra, a, b, ticks);
  }

  take(): object[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  #ended(id: number, ticks: number): void {
    const open = this.#stack.pop();
    if (open?.id !== id) {
      this.#stack = [];
      return;
    }
    if (ticks - open.began < shortestTicks) return;
    const name = this.#types.get(id < 0 ? 0 : (this.#typeOf[id & idMask] ?? 0)) ?? 'callback';
    const dur = (ticks - open.began) / ticksPerMicro;
    const ts = this.#micros(open.began);
    this.#event({ ph: 'X', cat: 'nops.callback', name, tid: this.#pid, ts, dur, args: { asyncId: id } });
  }

  #mark(what: number, a: number, b: number, ticks: number): void {
    const ts = this.#micros(ticks);
    const request = (ph: string, cat: string, name: string) =>
      this.#event({ ph, cat, name, id: `${cat}-${a}`, tid: this.#pid, ts });
    const text = () => this.#texts.get(b) ?? '';
    if (what === marks.serverBegin || what === marks.serverStream) request('b', 'nops.request-in', 'request in');
    else if (what === marks.serverEnd) request('e', 'nops.request-in', 'request in');
    else if (what === marks.clientBegin) request('b', 'nops.request-out', 'request out');
    else if (what === marks.clientEnd) request('e', 'nops.request-out', 'request out');
    else if (what === marks.userBegin) request('b', 'nops.task', text());
    else if (what === marks.userEnd) request('e', 'nops.task', 'task');
    else if (what === marks.idle) this.#beganLater(a);
  }

  /** The loop waited before what is open began. */
  #beganLater(ticks: number): void {
    const open = this.#stack.at(-1);
    if (open !== undefined) open.began += ticks;
  }

  #micros(ticks: number): number {
    return this.#startMicros + ticks / ticksPerMicro;
  }

  #event(event: object): void {
    this.#lines.push({ pid: this.#pid, ts: 0, ...event });
  }
}

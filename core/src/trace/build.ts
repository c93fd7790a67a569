/** Records → Trace, one by one, as they come from the file: what ran when, and for whom. */

import { childPipe, isMicro, serverStream } from './columns.js';
import { lastIdle } from './cpu-samples.js';
import { firstOwnType, kinds, marks, type TraceEnd, type TraceHeader, ticksPerMs } from './format.js';
import { maxRows } from './growing-column.js';
import { Intervals } from './intervals.js';
import { MarkReader } from './marks.js';
import { type CpuSamples, type TaskKind, type Trace, taskKinds } from './model.js';
import { Polls } from './polls.js';
import { ResourceColumns, SegmentColumns, TaskColumns, TurnColumns } from './segment-columns.js';
import { syncCalls } from './sync-calls.js';

/** A pause of the main thread that is at least this long is one in which the loop waited, unless it is told how long it really did. */
const pauseTicks = 0.05 * ticksPerMs;
/**
 * Of a pause, when it is told how long the loop waited in it: less is none, but work of Node's own, such as a handshake. No share of it:
 * libuv forgets what it waited before a signal (uv__io_poll sets the time anew after EINTR), and V8's profiler sends one for each sample.
 */
const idleTicks = 0.01 * ticksPerMs;

/** Their numbers have 16 bits. A recorder keeps 8192 texts. */
const maxNames = 2 ** 16;

/** Types that async_hooks does not tell apart. */
const ownTypes = { childPipe: firstOwnType, serverStream: firstOwnType + 1 };

const asyncKind = taskKinds.indexOf('async');

interface Frame {
  id: number;
  owner: number;
}

/** A segment, the first of its turn, that began when the loop had waited. */
interface Late {
  segment: number;
  turn: number;
  /** When what came before had ended. */
  after: number;
  /** Ticks that the loop waited, as far as libuv knows. */
  idle: number;
}

export class TraceBuilder {
  readonly header: TraceHeader;
  /** The first is that of what has none. */
  readonly #names: string[] = [''];
  readonly #nameNumbers = new Map<string, number>([['', 0]]);
  readonly #types: string[] = ['(made before the trace)'];
  readonly #micro: boolean[] = [false];
  readonly #segments = new SegmentColumns();
  readonly #turns = new TurnColumns();
  readonly #resources = new ResourceColumns();
  readonly #tasks = new TaskColumns();
  readonly #polls = new Polls();
  readonly #reader: MarkReader;
  readonly #gc: [number, number][] = [];
  #stack: Frame[] = [];
  #open = -1;
  #leftAt = 0;
  #idle = -1;
  #idleTotal = 0;
  #nativeTicks = 0;
  #events = 0;
  #ticks = 0;
  readonly #late: Late[] = [];
  /** The turn in which a child process was made last: pipes made in it are to the child. */
  #spawnTurn = -1;
  /** The stream of HTTP/2 that was made last. */
  #stream = -1;

  constructor(header: TraceHeader) {
    this.header = header;
    this.addType(ownTypes.childPipe, childPipe);
    this.addType(ownTypes.serverStream, serverStream);
    this.#reader = new MarkReader({
      text: number => this.text(number),
      name: value => this.name(value),
      begin: (kind, name, ticks, parent) => this.#tasks.add(kindNumber(kind), name, ticks, parent),
      end: (task, ticks) => this.#end(task, ticks),
      rename: (task, name) => {
        this.#tasks.name.array[task] = name;
      },
      answered: (task, status) => {
        this.#tasks.status.array[task] = status;
      },
      owner: () => this.#owner(),
      take: (owner, keeps, ticks) => this.#take(owner, keeps, ticks),
      adoptStream: owner => this.#adoptStream(owner),
    });
  }

  readonly #texts = new Map<number, string>();

  addText(number: number, value: string): void {
    this.#texts.set(number, value);
  }

  addType(number: number, name: string): void {
    this.#types[number] = name;
    this.#micro[number] = isMicro(name);
  }

  text(number: number): string {
    return this.#texts.get(number) ?? '';
  }

  /** The number of a name in `names`. */
  name(value: string): number {
    let number = this.#nameNumbers.get(value);
    if (number === undefined) {
      if (this.#names.length >= maxNames) return 0;
      number = this.#names.push(value) - 1;
      this.#nameNumbers.set(value, number);
    }
    return number;
  }

  /** `ticks` and `b` of collections as they are in the file. */
  add(kind: number, extra: number, a: number, b: number, fileTicks: number): void {
    const ticks = fileTicks - this.header.baseTicks;
    this.#events++;
    this.#ticks = Math.max(this.#ticks, ticks);
    switch (kind) {
      case kinds.init:
        this.#made(a, extra, ticks);
        return;
      case kinds.before:
        this.#enter(a, ticks);
        return;
      case kinds.after:
        this.#leave(a, ticks);
        return;
      case kinds.gc:
      case kinds.measure: {
        const begin = ticks - ((fileTicks - b) >>> 0);
        if (begin < 0) return;
        if (kind === kinds.gc) this.#gc.push([begin, begin + a]);
        else this.#reader.measured(extra, begin, a);
        return;
      }
      case kinds.mark:
        if (extra === marks.idle) this.#rested(a, ticks);
        else this.#reader.add(extra, a, b, ticks);
    }
  }

  finish(end: TraceEnd | null, damaged: number, samples: CpuSamples): Trace {
    this.#ticks = Math.max(this.#ticks, end?.ticks ?? 0);
    while (this.#stack.length > 0) this.#leave(this.#stack.at(-1)?.id ?? 0, this.#ticks);
    for (const late of this.#late) {
      this.#beginLater(late, lastIdle(samples, late.after, this.#segments.end.array[late.segment] ?? 0));
    }
    const segments = this.#segments.finish();
    const tasks = this.#tasks.finish();
    // A chain lasts from its first callback to the end of its last.
    for (let segment = 0; segment < segments.count; segment++) {
      const task = (segments.owner[segment] ?? 0) - 1;
      if (task >= 0 && tasks.kind[task] === asyncKind) tasks.end[task] = segments.end[segment] ?? 0;
    }
    const calls = syncCalls(samples, segments);
    return {
      header: this.header,
      end,
      damaged,
      events: this.#events,
      ticks: this.#ticks,
      idleTicks: this.#idleTotal,
      nativeTicks: this.#nativeTicks,
      names: this.#names,
      types: this.#types,
      segments,
      turns: this.#turns.finish(),
      resources: this.#resources.finish(),
      tasks,
      gc: Intervals.of(this.#gc),
      syncCalls: calls,
      syncs: Intervals.of(calls.map(({ begin, end }) => [Math.round(begin), Math.round(end)] as const)),
      samples,
      ...this.#reader.finish(tasks, this.#names),
    };
  }

  /** Between callbacks; or in one that the recorder took for one that follows on another, and that is an event of its own. */
  #rested(idle: number, ticks: number): void {
    this.#idleTotal += idle;
    if (this.#stack.length === 0) this.#idle = idle;
    else if (this.#open >= 0 && idle >= idleTicks) {
      const after = this.#segments.begin.array[this.#open] ?? 0;
      // When exactly it began is known with the samples only.
      const turn = this.#turns.add(this.#open, this.#polls.readySince('', true, ticks));
      const late = { segment: this.#open, turn, after, idle };
      this.#segments.end.array[this.#open] = ticks;
      this.#late.push(late);
      this.#beginLater(late, after);
    }
  }

  /** It began `idle` after `asleep`, or after a later signal of a profiler: libuv forgets what it waited before. */
  #beginLater({ segment, turn, idle }: Late, asleep: number): void {
    const begin = Math.min(asleep + idle, this.#segments.end.array[segment] ?? 0);
    this.#segments.begin.array[segment] = begin;
    this.#turns.readySince.array[turn] = begin;
  }

  #made(id: number, type: number, ticks: number): void {
    if (id >= maxRows) return;
    const name = this.#types[type & 0xff];
    const turn = this.#turns.first.length - 1;
    if (name === 'PROCESSWRAP') this.#spawnTurn = turn;
    else if (name === 'HTTP2STREAM') this.#stream = id;
    const isChildPipe = name === 'PIPEWRAP' && this.#spawnTurn === turn;
    const kind = isChildPipe ? ownTypes.childPipe : type & 0xff;
    this.#resources.add(id, kind, type >>> 8, ticks, this.#owner());
  }

  #enter(id: number, ticks: number): void {
    if (this.#stack.length === 0 && !this.#goesOn(id)) this.#turn(id, ticks);
    this.#close(ticks);
    const owner = this.#ownerFor(id, ticks);
    this.#stack.push({ id, owner });
    this.#start(id, owner, ticks);
  }

  #leave(id: number, ticks: number): void {
    const index = this.#stack.findLastIndex(frame => frame.id === id);
    // Entered before the trace, or its begin was lost.
    if (index < 0) return;
    this.#close(ticks);
    this.#stack.length = index;
    const below = this.#stack.at(-1);
    if (below !== undefined) this.#start(below.id, below.owner, ticks);
    else this.#leftAt = ticks;
  }

  /** Whether what begins is no event of its own, but left by one before. */
  #goesOn(id: number): boolean {
    return this.#turns.first.length > 0 && this.#micro[this.#resources.type(id)] === true;
  }

  #turn(id: number, ticks: number): void {
    const pause = ticks - this.#leftAt;
    const waited = this.#idle >= 0 ? this.#idle >= idleTicks : pause >= pauseTicks;
    if (!waited && this.#turns.first.length > 0) this.#nativeTicks += pause;
    const type = this.#types[this.#resources.type(id)] ?? '';
    this.#turns.add(this.#segments.begin.length, this.#polls.readySince(type, waited, ticks));
    this.#idle = -1;
  }

  /** Whom a callback runs for: who made its resource, while that one lasts; else a chain of its own begins here. */
  #ownerFor(id: number, ticks: number): number {
    const made = this.#resources.owner(id);
    const below = this.#stack.at(-1);
    if (made > 0) {
      const task = made - 1;
      const isChain = this.#tasks.kind.array[task] === asyncKind;
      const hasEnded = !isChain && (this.#tasks.end.array[task] ?? 0) > 0;
      // A timer or handle that fires again is an event of its own; promises and ticks go on.
      const again = isChain && this.#resources.last(id) > 0 && this.#micro[this.#resources.type(id)] !== true;
      if (!hasEnded && !again) return made;
    }
    if (below !== undefined) return below.owner;
    const type = this.#types[this.#resources.type(id)] ?? '';
    return this.#tasks.add(asyncKind, this.name(type), ticks, 0) + 1;
  }

  #start(id: number, owner: number, ticks: number): void {
    this.#open = this.#segments.add(ticks, id, owner, this.#resources.last(id));
  }

  #close(ticks: number): void {
    if (this.#open < 0) return;
    this.#segments.end.array[this.#open] = ticks;
    this.#resources.setLast((this.#segments.id.array[this.#open] ?? 0) | 0, this.#open);
    this.#open = -1;
  }

  #owner(): number {
    return this.#stack.at(-1)?.owner ?? 0;
  }

  /** The rest of the current callback runs for `owner`; `keeps`: later ones of its resource too. */
  #take(owner: number, keeps: boolean, ticks: number): void {
    const frame = this.#stack.at(-1);
    if (frame === undefined) return;
    this.#close(ticks);
    frame.owner = owner;
    if (keeps) this.#resources.setOwner(frame.id, owner);
    this.#start(frame.id, owner, ticks);
  }

  #end(task: number, ticks: number): void {
    // 0 says that it has not ended.
    this.#tasks.end.array[task] = Math.max(1, ticks);
  }

  #adoptStream(owner: number): void {
    if (this.#stream < 0) return;
    this.#resources.setOwner(this.#stream, owner);
    this.#resources.setType(this.#stream, ownTypes.serverStream);
  }
}

function kindNumber(kind: TaskKind): number {
  return taskKinds.indexOf(kind);
}

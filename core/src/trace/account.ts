/**
 * What a task's time went to, each moment to one thing, so that the columns sum to the task's length. It is walked back from the end,
 * along what was really waited for:
 *
 *   begin                                                                    end
 *   |-- js --|-- timer, due --|-- loopWait --|-- js --|-- firstByte … --|-- js --|
 *            ^ the timer was made            ^ its callback             ^ the answer's callback
 *
 * The last callback was ended by an event; that event's resource was made in an earlier callback of the task; what lies between is the
 * wait for it. So of things that are waited for together only the last one counts. The end of a wait, in which the event had come but
 * the thread ran something else, is the wait for the loop: for a timer from when it was due, else from when the loop last looked.
 */

import { clientSpans, phaseIn } from './client-phases.js';
import { type Account, type Column, columns, emptyAccount, isMicro, serverStream, waitKindOf } from './columns.js';
import { ticksPerMs } from './format.js';
import { countUpTo } from './intervals.js';
import { type ClientRequest, type Trace, taskKinds, type Wait } from './model.js';
import { TaskParts } from './task-parts.js';

export class Accounts {
  readonly #trace: Trace;
  readonly #segmentsOf: TaskParts;
  readonly #clientsOf: TaskParts;

  constructor(trace: Trace) {
    this.#trace = trace;
    const { tasks, segments, clients } = trace;
    this.#segmentsOf = new TaskParts(tasks, segments.count, segment => segments.owner[segment] ?? 0);
    this.#clientsOf = new TaskParts(tasks, clients.count, client => clients.ownerOf(client));
  }

  segments(task: number): Uint32Array {
    return this.#segmentsOf.of(task);
  }

  clients(task: number): readonly ClientRequest[] {
    return Array.from(this.#clientsOf.of(task), client => this.#trace.clients.at(client));
  }

  /** Of a task that has ended, in milliseconds. `tell` gets each wait, the last one first. */
  of(task: number, tell?: (wait: Wait) => void): Account {
    const { tasks } = this.#trace;
    const walk = new Walk(this.#trace, tell);
    const begin = tasks.begin[task] ?? 0;
    const end = tasks.end[task] ?? 0;
    const client = this.#trace.clients.ofTask(task);
    if (client !== undefined) walk.exchange(client, end);
    else walk.back(this.segments(task), this.clients(task), begin, end);
    return walk.account();
  }
}

class Walk {
  readonly #trace: Trace;
  readonly #tell: ((wait: Wait) => void) | undefined;
  readonly #ticks = emptyAccount();

  constructor(trace: Trace, tell: ((wait: Wait) => void) | undefined) {
    this.#trace = trace;
    this.#tell = tell;
  }

  account(): Account {
    const account = emptyAccount();
    for (const column of columns) account[column] = this.#ticks[column] / ticksPerMs;
    return account;
  }

  back(own: Uint32Array, clients: readonly ClientRequest[], begin: number, end: number): void {
    const { segments } = this.#trace;
    let now = end;
    let index = own.length - 1;
    while (now > begin) {
      while (index >= 0 && (segments.begin[own[index] ?? 0] ?? 0) >= now) index--;
      const segment = index >= 0 ? (own[index] ?? 0) : -1;
      if (segment < 0) {
        this.#wait('unknown', begin, now, '', undefined);
        return;
      }
      const ended = Math.max(begin, Math.min(now, segments.end[segment] ?? 0));
      if (ended < now) this.#tail(segment, clients, ended, now);
      now = this.#turn(own, index, clients, begin, ended);
    }
  }

  /** A request out by its own times; what the loop did when each came is its share of the wait. */
  exchange(client: ClientRequest, end: number): void {
    for (const { column, begin, end: until } of clientSpans(client, end)) {
      const turn = this.#turnAt(until);
      const turnBegin = turn < 0 ? until : this.#beginOf(turn);
      const ready = turn < 0 ? until : (this.#trace.turns.readySince[turn] ?? until);
      const callback = Math.max(begin, Math.min(until, turnBegin));
      const arrived = Math.max(begin, Math.min(callback, ready));
      this.#run(callback, until);
      this.#queue(arrived, callback);
      this.#wait(column, begin, arrived, 'HTTPCLIENTREQUEST', client);
    }
  }

  /** After its last callback a task may still wait: for its answer to be written. */
  #tail(segment: number, clients: readonly ClientRequest[], from: number, to: number): void {
    const turn = this.#turnAt(to);
    if (turn === this.#trace.turns.of(segment)) {
      this.#queue(from, to);
      return;
    }
    const client = phaseIn(clients, to, to);
    if (client !== undefined) this.#network(client, from, to, '');
    else this.#wait('body', from, to, 'WRITEWRAP', undefined);
  }

  /** The callbacks of the turn that ran until `now`, and the wait for them; gives the moment that this began. */
  #turn(own: Uint32Array, index: number, clients: readonly ClientRequest[], begin: number, now: number): number {
    const { segments, turns } = this.#trace;
    const turn = turns.of(own[index] ?? 0);
    const turnFirst = turns.first[turn] ?? 0;
    let first = index;
    let at = now;
    for (; first >= 0 && (own[first] ?? 0) >= turnFirst; first--) {
      const segment = own[first] ?? 0;
      const from = Math.max(begin, segments.begin[segment] ?? 0);
      const to = Math.min(at, segments.end[segment] ?? 0);
      if (to < at) this.#queue(Math.max(begin, to), at);
      if (to > from) this.#run(from, to);
      at = Math.min(at, from);
      if (at <= begin) return begin;
    }
    return this.#before(own, first, clients, begin, at, now);
  }

  /** The wait for the turn whose first own callback follows `own[last]` and came at `at`. */
  #before(
    own: Uint32Array,
    last: number,
    clients: readonly ClientRequest[],
    begin: number,
    at: number,
    turnEnd: number,
  ): number {
    const { segments, turns } = this.#trace;
    const segment = own[last + 1] ?? 0;
    const turn = turns.of(segment);
    const lastEnd = last < 0 ? begin : Math.max(begin, segments.end[own[last] ?? 0] ?? 0);
    const id = (segments.id[segment] ?? 0) | 0;
    const root = (segments.id[turns.first[turn] ?? 0] ?? 0) | 0;
    const isRoot = id === root || !this.#isMicro(id);
    const since = isRoot ? this.#waitedSince(segment, id, lastEnd) : this.#madeAt(id, lastEnd);
    const from = Math.max(begin, Math.min(since, at));
    if (from >= at) return lastEnd < at ? this.#unexplained(lastEnd, at) : begin;
    const cause = isRoot ? id : root;
    const type = this.#typeOf(cause);
    const ready = this.#readyAt(cause, type, segment, turn, from, at, isRoot);
    const client = phaseIn(clients, this.#beginOf(turn), turnEnd);
    const wait = this.#waiter(type, client, !isRoot, !isRoot && this.#isOthers(root, turn));
    // What ran for the task meanwhile is no wait.
    let now = at;
    for (let i = last; i >= 0 && (segments.end[own[i] ?? 0] ?? 0) > from; i--) {
      const other = own[i] ?? 0;
      const ran = Math.max(from, Math.min(now, segments.begin[other] ?? 0));
      const until = Math.min(now, segments.end[other] ?? 0);
      this.#split(until, now, ready, wait);
      this.#run(ran, until);
      now = ran;
    }
    this.#split(from, now, ready, wait);
    return from;
  }

  /** Tells a wait from `from` to `to`, whose event came at `ready`. */
  #split(from: number, to: number, ready: number, wait: (from: number, to: number) => void): void {
    this.#queue(Math.max(from, ready), to);
    wait(from, Math.min(to, ready));
  }

  #waiter(
    type: string,
    client: ClientRequest | undefined,
    isLeft: boolean,
    isOthers: boolean,
  ): (from: number, to: number) => void {
    const kind = waitKindOf(type);
    if (client !== undefined && (isLeft || kind === 'network' || kind === 'connect' || kind === 'dns')) {
      return (from, to) => this.#network(client, from, to, type);
    }
    if (isOthers) return (from, to) => this.#wait('lock', from, to, type, undefined);
    const column = kind !== 'network' ? kind : type === 'HTTPINCOMINGMESSAGE' ? 'body' : 'firstByte';
    return (from, to) => this.#wait(column, from, to, type, undefined);
  }

  /** Nothing tells what began there: no more than that it was waited. */
  #unexplained(from: number, to: number): number {
    this.#wait('unknown', from, to, '', undefined);
    return from;
  }

  #isMicro(id: number): boolean {
    return isMicro(this.#typeOf(id));
  }

  #typeOf(id: number): string {
    return this.#trace.types[id < 0 ? 0 : (this.#trace.resources.type[id] ?? 0)] ?? '';
  }

  /** What ended the wait was an event of a task that goes on: something shared was given free. */
  #isOthers(root: number, turn: number): boolean {
    const { tasks, segments, turns } = this.#trace;
    const owner = segments.owner[turns.first[turn] ?? 0] ?? 0;
    if (owner === 0 || root < 0) return false;
    return tasks.kind[owner - 1] !== taskKinds.indexOf('async');
  }

  #madeAt(id: number, fallback: number): number {
    const made = id < 0 ? 0 : (this.#trace.resources.made[id] ?? 0);
    return made === 0 ? fallback : made - 1;
  }

  /** Since when an event of the resource could be waited for: since it was made, or since its event before. */
  #waitedSince(segment: number, id: number, fallback: number): number {
    const { segments } = this.#trace;
    // It is there as long as the task, and its end follows on the answer, whatever that was made of.
    if (this.#typeOf(id) === serverStream) return fallback;
    const previous = segments.previous(segment);
    const made = this.#madeAt(id, fallback);
    return previous === 0 ? made : Math.max(made, segments.end[previous - 1] ?? 0);
  }

  #readyAt(
    cause: number,
    type: string,
    segment: number,
    turn: number,
    from: number,
    at: number,
    isRoot: boolean,
  ): number {
    const { resources, turns } = this.#trace;
    if (type === 'Timeout' && isRoot) {
      const delay = cause < 0 ? 0 : (resources.delay[cause] ?? 0);
      const due = this.#waitedSince(segment, cause, from) + Math.max(1, delay) * ticksPerMs;
      return Math.max(from, Math.min(at, due));
    }
    return Math.max(from, Math.min(at, turns.readySince[turn] ?? at));
  }

  /** A stretch of an exchange, by its phases. */
  #network(client: ClientRequest, from: number, to: number, type: string): void {
    if (to <= from) return;
    let now = to;
    for (const span of clientSpans(client, to).reverse()) {
      const begin = Math.max(from, span.begin);
      const end = Math.min(now, span.end);
      if (end <= begin) continue;
      if (end < now) this.#wait('unknown', end, now, type, client);
      this.#wait(span.column, begin, end, type, client);
      now = begin;
    }
    this.#wait('firstByte', from, now, type, client);
  }

  #run(from: number, to: number): void {
    if (to <= from) return;
    const { gc, syncs } = this.#trace;
    const length = to - from;
    const collecting = Math.min(length, gc.overlap(from, to));
    const blocked = Math.min(length - collecting, syncs.overlap(from, to));
    this.#ticks.gc += collecting;
    this.#ticks.fs += blocked;
    this.#ticks.js += length - collecting - blocked;
  }

  #queue(from: number, to: number): void {
    if (to <= from) return;
    const collecting = Math.min(to - from, this.#trace.gc.overlap(from, to));
    this.#ticks.gc += collecting;
    this.#ticks.loopWait += to - from - collecting;
    this.#tell?.({ column: 'loopWait', begin: from, end: to, type: '', client: undefined });
  }

  #wait(column: Column, from: number, to: number, type: string, client: ClientRequest | undefined): void {
    if (to <= from) return;
    this.#ticks[column] += to - from;
    this.#tell?.({ column, begin: from, end: to, type, client });
  }

  /** The turn that ran at `ticks`; -1: none had begun. */
  #turnAt(ticks: number): number {
    const { segments, turns } = this.#trace;
    const segment = countUpTo(segments.begin, segments.count, ticks) - 1;
    if (segment < 0 || turns.count === 0) return -1;
    return turns.of(segment);
  }

  #beginOf(turn: number): number {
    const { segments, turns } = this.#trace;
    return segments.begin[turns.first[turn] ?? 0] ?? 0;
  }
}

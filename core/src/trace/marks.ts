/** What the recorder's marks tell: requests in and out, tasks of the app's own, connections. */

import { ClientColumns } from './client-columns.js';
import { ConnectionColumns } from './connection-columns.js';
import { marks } from './format.js';
import { maxRows } from './growing-column.js';
import type { LeftOut, LogLine, TaskKind, Tasks, Trace } from './model.js';

/** What of a trace's builder the marks change. Owners are a task plus 1. */
export interface MarkTarget {
  text(number: number): string;
  name(value: string): number;
  begin(kind: TaskKind, name: number, ticks: number, parent: number): number;
  end(task: number, ticks: number): void;
  rename(task: number, name: number): void;
  answered(task: number, status: number): void;
  owner(): number;
  take(owner: number, keeps: boolean, ticks: number): void;
  /** The stream of HTTP/2 that was made last is the owner's. */
  adoptStream(owner: number): void;
}

export class MarkReader {
  readonly #to: MarkTarget;
  readonly #servers = new Map<number, number>();
  readonly #users = new Map<number, { task: number; outer: number }>();
  readonly #regions = new Map<number, LogLine>();
  /** Numbers of requests out that have not ended. */
  readonly #open = new Map<number, number>();
  readonly #connections = new ConnectionColumns();
  readonly #aborted = new Set<number>();
  readonly #clients = new ClientColumns();
  readonly #log: LogLine[] = [];
  readonly #late: [number, number][] = [];
  readonly #leftOut: LeftOut = { requestsIn: 0, requestsOut: 0, gcTicks: 0 };
  #own = 0;

  constructor(to: MarkTarget) {
    this.#to = to;
  }

  add(what: number, a: number, b: number, ticks: number): void {
    const client = this.#open.get(a);
    switch (what) {
      case marks.serverBegin:
        this.#serverBegin(a, b, true, ticks);
        return;
      case marks.serverStream:
        this.#serverBegin(a, b, false, ticks);
        return;
      case marks.serverStatus:
        this.#onServer(a, task => this.#to.answered(task, b));
        return;
      case marks.serverAbort:
        this.#onServer(a, task => void this.#aborted.add(task));
        return;
      case marks.serverEnd:
        this.#onServer(a, task => {
          this.#to.rename(task, this.#name(b));
          this.#to.end(task, ticks);
          this.#servers.delete(a);
        });
        return;
      case marks.clientBegin:
        this.#clientBegin(a, b, ticks);
        return;
      case marks.userBegin:
        this.#userBegin(a, b, ticks);
        return;
      case marks.userLeave:
        this.#userLeave(a, ticks);
        return;
      case marks.userEnd:
        this.#userLeave(a, ticks);
        this.#userEnd(a, b, ticks);
        return;
      case marks.regionBegin:
      case marks.regionEnd:
        this.#region(what, a, b, ticks);
        return;
      case marks.log:
        this.#write('log', `${this.#to.text(a)}: ${this.#to.text(b)}`, ticks);
        return;
      case marks.perfMark:
        this.#write('mark', this.#to.text(a), ticks);
        return;
      case marks.own:
        this.#own ||= this.#to.begin('own', this.#to.name('nops'), ticks, 0) + 1;
        this.#to.take(this.#own, false, ticks);
        return;
      case marks.late:
        this.#late.push([ticks, a]);
        return;
      case marks.leftOut:
        this.#leftOut[b === 0 ? 'requestsIn' : 'requestsOut'] += a;
        return;
      case marks.gcLeftOut:
        this.#leftOut.gcTicks += a;
        return;
      case marks.connectionOpen:
      case marks.connectionReady:
      case marks.connectionClose:
      case marks.connectionIn:
        this.#connection(what, a, b, ticks);
        return;
      default:
        if (client !== undefined) this.#phase(client, what, a, b, ticks);
    }
  }

  measured(nameNumber: number, begin: number, durationTicks: number): void {
    this.#log.push({
      ticks: begin,
      owner: this.#to.owner(),
      what: 'measure',
      text: this.#to.text(nameNumber),
      durationTicks,
    });
  }

  finish(
    tasks: Tasks,
    names: readonly string[],
  ): Pick<Trace, 'aborted' | 'clients' | 'connections' | 'log' | 'late' | 'leftOut'> {
    return {
      aborted: this.#aborted,
      clients: this.#clients.finish(tasks, names),
      connections: () => this.#connections.each(names),
      log: this.#log,
      late: this.#late,
      leftOut: this.#leftOut,
    };
  }

  #serverBegin(a: number, b: number, isAlone: boolean, ticks: number): void {
    const task = this.#to.begin('http-server', this.#name(b), ticks, 0);
    this.#servers.set(a, task);
    this.#to.take(task + 1, isAlone, ticks);
    if (!isAlone) this.#to.adoptStream(task + 1);
  }

  #onServer(a: number, action: (task: number) => void): void {
    const task = this.#servers.get(a);
    if (task !== undefined) action(task);
  }

  #clientBegin(a: number, b: number, ticks: number): void {
    const owner = this.#to.owner();
    const task = this.#to.begin('http-client', this.#name(b), ticks, owner);
    this.#open.set(a, this.#clients.add(task));
  }

  #phase(client: number, what: number, a: number, b: number, ticks: number): void {
    const clients = this.#clients;
    if (what === marks.clientPeer) clients.peer.array[client] = this.#name(b);
    else if (what === marks.clientStack) clients.stack.array[client] = this.#name(b);
    else if (what === marks.clientSocket) {
      clients.setSocket(client, b >>> 1, (b & 1) === 1, ticks);
      if (b >>> 1 < maxRows) this.#connections.request(b >>> 1, clients.peer.array[client] ?? 0);
    } else if (what === marks.clientLookup) clients.setOpening(client, 'lookup', ticks);
    else if (what === marks.clientConnect) clients.setOpening(client, 'connect', ticks);
    else if (what === marks.clientSecure) clients.setOpening(client, 'secure', ticks);
    else if (what === marks.clientResponse) clients.setResponse(client, b, ticks);
    else if (what === marks.clientEnd) {
      if (b === 1) clients.setFailed(client);
      this.#to.end(clients.task.array[client] ?? 0, ticks);
      this.#open.delete(a);
    }
  }

  /** The number of a text among the names. */
  #name(text: number): number {
    return this.#to.name(this.#to.text(text));
  }

  #userBegin(a: number, b: number, ticks: number): void {
    const outer = this.#to.owner();
    const task = this.#to.begin('user', this.#name(b), ticks, outer);
    this.#users.set(a, { task, outer });
    this.#to.take(task + 1, false, ticks);
  }

  #userLeave(a: number, ticks: number): void {
    const user = this.#users.get(a);
    if (user !== undefined && this.#to.owner() === user.task + 1) this.#to.take(user.outer, false, ticks);
  }

  #userEnd(a: number, b: number, ticks: number): void {
    const user = this.#users.get(a);
    if (user === undefined) return;
    this.#users.delete(a);
    this.#to.end(user.task, ticks);
    if (b === 1) this.#aborted.add(user.task);
  }

  #region(what: number, a: number, b: number, ticks: number): void {
    if (what === marks.regionBegin) {
      const line: LogLine = {
        ticks,
        owner: this.#to.owner(),
        what: 'region',
        text: this.#to.text(b),
        durationTicks: 0,
      };
      this.#regions.set(a, line);
      this.#log.push(line);
      return;
    }
    const line = this.#regions.get(a);
    if (line !== undefined) line.durationTicks = ticks - line.ticks;
    this.#regions.delete(a);
  }

  #write(what: LogLine['what'], text: string, ticks: number): void {
    this.#log.push({ ticks, owner: this.#to.owner(), what, text, durationTicks: 0 });
  }

  #connection(what: number, a: number, b: number, ticks: number): void {
    if (a < 0 || a >= maxRows) return;
    if (what === marks.connectionIn) this.#connections.cameIn(a, ticks);
    else if (what === marks.connectionOpen) this.#connections.open(a, this.#name(b), ticks);
    else if (what === marks.connectionReady) this.#connections.ready(a, b === 1, ticks);
    else if (what === marks.connectionClose) this.#connections.close(a, ticks);
  }
}

/** What the recorder's marks tell: requests in and out, tasks of the app's own, connections. */

import { marks } from './format.js';
import type { ClientRequest, Connection, LogLine, TaskKind, Trace } from './model.js';

/** What of a trace's builder the marks change. Owners are a task plus 1. */
export interface MarkTarget {
  text(number: number): string;
  name(value: string): number;
  begin(kind: TaskKind, name: number, ticks: number, parent: number): number;
  end(task: number, ticks: number): void;
  rename(task: number, name: number): void;
  owner(): number;
  take(owner: number, keeps: boolean, ticks: number): void;
}

export class MarkReader {
  readonly #to: MarkTarget;
  readonly #servers = new Map<number, number>();
  readonly #users = new Map<number, { task: number; outer: number }>();
  readonly #regions = new Map<number, LogLine>();
  readonly #open = new Map<number, ClientRequest>();
  readonly #connections = new Map<number, Connection>();
  readonly #status = new Map<number, number>();
  readonly #aborted = new Set<number>();
  readonly #clients: ClientRequest[] = [];
  readonly #log: LogLine[] = [];
  readonly #late: [number, number][] = [];
  #own = 0;

  constructor(to: MarkTarget) {
    this.#to = to;
  }

  add(what: number, a: number, b: number, ticks: number): void {
    const client = this.#open.get(a);
    switch (what) {
      case marks.serverBegin:
        this.#serverBegin(a, b, ticks);
        return;
      case marks.serverStatus:
        this.#onServer(a, task => void this.#status.set(task, b));
        return;
      case marks.serverAbort:
        this.#onServer(a, task => void this.#aborted.add(task));
        return;
      case marks.serverEnd:
        this.#onServer(a, task => {
          this.#to.rename(task, this.#to.name(this.#to.text(b)));
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

  finish(): Pick<Trace, 'status' | 'aborted' | 'clients' | 'connections' | 'log' | 'late'> {
    return {
      status: this.#status,
      aborted: this.#aborted,
      clients: this.#clients,
      connections: [...this.#connections.values()],
      log: this.#log,
      late: this.#late,
    };
  }

  #serverBegin(a: number, b: number, ticks: number): void {
    const task = this.#to.begin('http-server', this.#to.name(this.#to.text(b)), ticks, 0);
    this.#servers.set(a, task);
    this.#to.take(task + 1, true, ticks);
  }

  #onServer(a: number, action: (task: number) => void): void {
    const task = this.#servers.get(a);
    if (task !== undefined) action(task);
  }

  #clientBegin(a: number, b: number, ticks: number): void {
    const owner = this.#to.owner();
    const task = this.#to.begin('http-client', this.#to.name(this.#to.text(b)), ticks, owner);
    const client: ClientRequest = {
      task,
      owner,
      peer: '',
      stack: '',
      connection: 0,
      reused: false,
      begin: ticks,
      socket: 0,
      lookup: 0,
      connect: 0,
      secure: 0,
      response: 0,
      status: 0,
      end: 0,
      failed: false,
    };
    this.#open.set(a, client);
    this.#clients.push(client);
  }

  #phase(client: ClientRequest, what: number, a: number, b: number, ticks: number): void {
    if (what === marks.clientPeer) client.peer = this.#to.text(b);
    else if (what === marks.clientStack) client.stack = this.#to.text(b);
    else if (what === marks.clientSocket) {
      client.socket = ticks;
      client.connection = b >>> 1;
      client.reused = (b & 1) === 1;
      const connection = this.#connections.get(b >>> 1) ?? this.#older(b >>> 1, client.peer);
      connection.requests++;
    } else if (what === marks.clientLookup) client.lookup = ticks;
    else if (what === marks.clientConnect) client.connect = ticks;
    else if (what === marks.clientSecure) client.secure = ticks;
    else if (what === marks.clientResponse) {
      client.response = ticks;
      client.status = b;
    } else if (what === marks.clientEnd) {
      client.end = ticks;
      client.failed = b === 1;
      this.#to.end(client.task, ticks);
      this.#open.delete(a);
    }
  }

  #userBegin(a: number, b: number, ticks: number): void {
    const outer = this.#to.owner();
    const task = this.#to.begin('user', this.#to.name(this.#to.text(b)), ticks, outer);
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
    const connection = this.#connections.get(a) ?? this.#older(a, '');
    if (what === marks.connectionIn) {
      connection.incoming = true;
      connection.opened = ticks;
    } else if (what === marks.connectionOpen && connection.opened === 0) {
      connection.opened = ticks;
      connection.peer = this.#to.text(b);
    } else if (what === marks.connectionReady) {
      connection.ready = ticks;
      connection.secure = b === 1;
    } else if (what === marks.connectionClose) connection.closed = ticks;
  }

  /** One that was there before the trace began, until something else is heard of it. */
  #older(number: number, peer: string): Connection {
    const connection: Connection = {
      peer,
      incoming: false,
      secure: false,
      opened: 0,
      ready: 0,
      closed: 0,
      requests: 0,
    };
    this.#connections.set(number, connection);
    return connection;
  }
}

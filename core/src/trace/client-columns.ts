/** Requests out as columns: a trace may have millions. Begin, end and owner are in the columns of their tasks. */

import { GrowingColumn, growing32 } from './growing-column.js';
import { countUpTo } from './intervals.js';
import type { ClientRequest, Clients, Tasks } from './model.js';

const failed = 1;
const reused = 2;

export class ClientColumns {
  readonly task = growing32();
  /** Numbers of names. */
  readonly peer = new GrowingColumn(Uint16Array);
  readonly stack = new GrowingColumn(Uint16Array);
  readonly connection = growing32();
  readonly flags = new GrowingColumn(Uint8Array);
  readonly socket = growing32();
  readonly response = growing32();
  readonly status = new GrowingColumn(Uint16Array);
  /** Row plus 1 of the three below, which requests on a connection that was there already have not. */
  readonly opening = growing32();
  readonly lookup = growing32();
  readonly connect = growing32();
  readonly secure = growing32();

  /** The number of the new one. */
  add(task: number): number {
    this.task.push(task);
    for (const column of [this.peer, this.stack, this.connection, this.flags, this.socket]) column.push(0);
    for (const column of [this.response, this.status, this.opening]) column.push(0);
    return this.task.length - 1;
  }

  setSocket(client: number, connection: number, isReused: boolean, ticks: number): void {
    this.socket.array[client] = ticks;
    this.connection.array[client] = connection;
    if (isReused) this.#flag(client, reused);
  }

  setResponse(client: number, status: number, ticks: number): void {
    this.response.array[client] = ticks;
    this.status.array[client] = status;
  }

  setFailed(client: number): void {
    this.#flag(client, failed);
  }

  setOpening(client: number, what: 'lookup' | 'connect' | 'secure', ticks: number): void {
    if (this.opening.array[client] === 0) {
      for (const column of [this.lookup, this.connect, this.secure]) column.push(0);
      this.opening.array[client] = this.lookup.length;
    }
    this[what].array[(this.opening.array[client] ?? 1) - 1] = ticks;
  }

  finish(tasks: Tasks, names: readonly string[]): Clients {
    return new FinishedClients(this, tasks, names);
  }

  #flag(client: number, flag: number): void {
    this.flags.array[client] = (this.flags.array[client] ?? 0) | flag;
  }
}

class FinishedClients implements Clients {
  readonly #columns: ClientColumns;
  readonly #tasks: Tasks;
  readonly #names: readonly string[];
  readonly #task: Uint32Array;

  constructor(columns: ClientColumns, tasks: Tasks, names: readonly string[]) {
    this.#columns = columns;
    this.#tasks = tasks;
    this.#names = names;
    this.#task = columns.task.finish();
  }

  get count(): number {
    return this.#task.length;
  }

  at(index: number): ClientRequest {
    const columns = this.#columns;
    const task = this.#task[index] ?? 0;
    const flags = columns.flags.array[index] ?? 0;
    const opening = (columns.opening.array[index] ?? 0) - 1;
    const phase = (column: GrowingColumn) => (opening < 0 ? 0 : (column.array[opening] ?? 0));
    return {
      task,
      owner: this.#tasks.parent[task] ?? 0,
      peer: this.#names[columns.peer.array[index] ?? 0] ?? '',
      stack: this.#names[columns.stack.array[index] ?? 0] ?? '',
      connection: columns.connection.array[index] ?? 0,
      reused: (flags & reused) !== 0,
      begin: this.#tasks.begin[task] ?? 0,
      socket: columns.socket.array[index] ?? 0,
      lookup: phase(columns.lookup),
      connect: phase(columns.connect),
      secure: phase(columns.secure),
      response: columns.response.array[index] ?? 0,
      status: columns.status.array[index] ?? 0,
      end: this.#tasks.end[task] ?? 0,
      failed: (flags & failed) !== 0,
    };
  }

  ownerOf(index: number): number {
    return this.#tasks.parent[this.#task[index] ?? 0] ?? 0;
  }

  ofTask(task: number): ClientRequest | undefined {
    const index = countUpTo(this.#task, this.#task.length, task) - 1;
    return index >= 0 && this.#task[index] === task ? this.at(index) : undefined;
  }

  *[Symbol.iterator](): Generator<ClientRequest> {
    for (let index = 0; index < this.count; index++) yield this.at(index);
  }
}

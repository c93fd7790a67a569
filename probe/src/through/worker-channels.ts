/**
 * The inspectors of a process's own worker threads, reached through that of its main thread (Node's NodeWorker domain,
 * nodejs.org/api/inspector.html and src/inspector/node_protocol.pdl). It answers while the main thread runs JavaScript or waits for
 * events, not while it is stuck in a system call.
 */

import type { InspectorChannel } from './inspector-channel.js';

export interface WorkerChannel {
  threadId: number;
  name: string;
  url: string;
  channel: InspectorChannel;
}

interface Attached {
  sessionId: string;
  workerInfo: { workerId: string; title: string; url: string };
}

interface Answer {
  id?: number;
  method?: string;
  params?: object;
  result?: unknown;
  error?: { message: string };
}

export class WorkerChannels {
  readonly #main: InspectorChannel;
  readonly #workers = new Map<string, WorkerSession>();
  readonly #offs: (() => void)[] = [];
  readonly #onWorker: (worker: WorkerChannel) => void;
  readonly #isOurs: (threadId: number) => boolean;

  /** `onWorker` is told of every worker, those that start later too; a thread that `isOurs` is left alone. */
  constructor(
    main: InspectorChannel,
    isOurs: (threadId: number) => boolean,
    onWorker: (worker: WorkerChannel) => void,
  ) {
    this.#main = main;
    this.#isOurs = isOurs;
    this.#onWorker = onWorker;
  }

  async open(): Promise<void> {
    this.#offs.push(
      this.#main.on<Attached>('NodeWorker.attachedToWorker', event => this.#attached(event)),
      this.#main.on<{ sessionId: string }>('NodeWorker.detachedFromWorker', ({ sessionId }) => {
        this.#workers.get(sessionId)?.fail();
        this.#workers.delete(sessionId);
      }),
      this.#main.on<{ sessionId: string; message: string }>('NodeWorker.receivedMessageFromWorker', event =>
        this.#workers.get(event.sessionId)?.receive(JSON.parse(event.message) as Answer),
      ),
    );
    await this.#main.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  async close(): Promise<void> {
    for (const off of this.#offs.splice(0)) off();
    for (const worker of this.#workers.values()) worker.fail();
    this.#workers.clear();
    await this.#main.post('NodeWorker.disable');
  }

  #attached({ sessionId, workerInfo: { workerId, title, url } }: Attached): void {
    // "[worker 3] name": the thread's number; workerId counts sessions in some versions.
    const [, number = workerId, name = ''] = /^\[worker (\d+)\] ?(.*)$/.exec(title) ?? [];
    const threadId = Number(number);
    if (this.#isOurs(threadId)) {
      this.#main.post('NodeWorker.detach', { sessionId }).catch(() => {});
      return;
    }
    const session = new WorkerSession(message =>
      this.#main.post('NodeWorker.sendMessageToWorker', { sessionId, message }),
    );
    this.#workers.set(sessionId, session);
    this.#onWorker({ threadId, name, url, channel: session });
  }
}

/** Ended worker threads answer nothing: whatever waits for one is told. */
const gone = () => new Error('the worker thread has ended');

/** What V8 says of a thread whose own context is gone, just before it ends; none is asked for another (v8/src/inspector/v8-runtime-agent-impl.cc). */
function hasNoContext({ message }: { message: string }): boolean {
  return message === 'Cannot find context with specified id' || message === 'Cannot find default execution context';
}

class WorkerSession implements InspectorChannel {
  readonly #send: (message: string) => Promise<unknown>;
  readonly #pending = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: Error) => void; method: string }
  >();
  readonly #listeners = new Map<string, Set<(params: never) => void>>();
  #id = 0;
  #hasEnded = false;

  constructor(send: (message: string) => Promise<unknown>) {
    this.#send = send;
  }

  post<Result>(method: string, params: object = {}): Promise<Result> {
    if (this.#hasEnded) return Promise.reject(gone());
    const id = ++this.#id;
    return new Promise<Result>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, method });
      this.#send(JSON.stringify({ id, method, params })).catch((error: Error) => {
        this.#pending.delete(id);
        reject(error);
      });
    });
  }

  on<Params>(method: string, listener: (params: Params) => void): () => void {
    const listeners = this.#listeners.get(method) ?? new Set();
    this.#listeners.set(method, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  receive({ id, method, params, result, error }: Answer): void {
    if (id === undefined) {
      for (const listener of this.#listeners.get(method ?? '') ?? []) listener(params as never);
      return;
    }
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) waiting?.resolve(result as never);
    else waiting?.reject(hasNoContext(error) ? gone() : new Error(`${waiting.method}: ${error.message}`));
  }

  fail(): void {
    this.#hasEnded = true;
    for (const { reject } of this.#pending.values()) reject(gone());
    this.#pending.clear();
  }

  close(): void {
    this.fail();
  }
}

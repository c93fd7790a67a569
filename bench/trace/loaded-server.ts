/** A server in a process of its own, and what a request costs it. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import autocannon from 'autocannon';

const connections = 10;
/** V8 has compiled all of it then. */
const warmRequests = 40_000;

/** Microseconds of a CPU for a request. */
export interface Cost {
  main: number;
  process: number;
}

export interface Launch {
  cwd: string;
  execArgv: string[];
  env: NodeJS.ProcessEnv;
}

export class LoadedServer {
  readonly child: ChildProcess;
  readonly #port: number;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.#port = port;
  }

  static async start(kind: string, { cwd, execArgv, env }: Launch): Promise<LoadedServer> {
    const child = fork(new URL('./server.js', import.meta.url), [kind], {
      cwd,
      execArgv,
      env: { ...process.env, ...env },
      // bubbleprof writes to descriptor 3.
      stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'ipc'],
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const server = new LoadedServer(child, port);
    await server.#load(warmRequests);
    return server;
  }

  async measure(requests: number): Promise<Cost> {
    await this.#load(requests / 4);
    const before = await this.#usage();
    await this.#load(requests);
    const after = await this.#usage();
    return {
      main: (after.mainMicros - before.mainMicros) / requests,
      process: (after.cpuMicros - before.cpuMicros) / requests,
    };
  }

  /** Sends a message of server.ts; resolves with its answer. */
  async ask(message: string): Promise<unknown> {
    this.child.send(message);
    const [answer] = await once(this.child, 'message');
    return answer;
  }

  stop(): void {
    this.child.disconnect();
  }

  #usage(): Promise<{ cpuMicros: number; mainMicros: number }> {
    return this.ask('usage') as Promise<{ cpuMicros: number; mainMicros: number }>;
  }

  async #load(amount: number): Promise<void> {
    const result = await autocannon({ url: `http://127.0.0.1:${this.#port}/`, connections, amount });
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`);
  }
}

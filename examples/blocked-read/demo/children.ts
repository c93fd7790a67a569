/** The processes of the walk-through: started with a deadline, and always stopped. */

import { type ChildProcess, fork } from 'node:child_process';

const readyDeadlineMs = 20_000;
const endDeadlineMs = 3000;

export interface Child {
  process: ChildProcess;
  pid: number;
  /** What it told when it was ready. */
  ready: Record<string, unknown>;
}

export class Children {
  readonly #all: ChildProcess[] = [];

  /** Starts a module of this example; resolves when it says that it is ready. */
  async start(name: string, options: { env?: Record<string, string>; execArgv?: string[] } = {}): Promise<Child> {
    const child = fork(new URL(`../${name}.js`, import.meta.url), {
      env: { ...process.env, ...options.env },
      execArgv: options.execArgv ?? [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#all.push(child);
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const ready = await answer(child, 'ready', readyDeadlineMs).catch(error => {
      throw new Error(`${name} did not start: ${(error as Error).message}\n${output}`);
    });
    return { process: child, pid: child.pid ?? 0, ready };
  }

  /** Takes over a process that was started elsewhere. */
  add(child: ChildProcess): void {
    this.#all.push(child);
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#all.map(stop));
  }

  /** For the last moment, when nothing can be waited for any more. */
  killAll(): void {
    for (const child of this.#all) if (child.exitCode === null) child.kill('SIGKILL');
  }
}

/** The next message of that type. Rejects when the child ends first or the deadline passes. */
export function answer(child: ChildProcess, type: string, deadlineMs: number): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      settle();
    };
    const onMessage = (message: unknown) => {
      const told = message as Record<string, unknown>;
      if (told['type'] === type) finish(() => resolve(told));
    };
    const onExit = () => finish(() => reject(new Error(`it ended with ${child.exitCode ?? child.signalCode}`)));
    const timer = setTimeout(() => finish(() => reject(new Error(`no answer within ${deadlineMs} ms`))), deadlineMs);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), endDeadlineMs);
  await ended;
  clearTimeout(timer);
}

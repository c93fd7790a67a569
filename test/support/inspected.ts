/** A real Node process without an agent, whose inspector is open, and expressions evaluated in it. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { AttachAnswer as Told } from '@nops/core/protocol/injection';
import { WebSocket } from 'ws';
import { startTarget, type Target, type TargetOptions, until } from './target.js';

/** What `nops attach` evaluates. */
const attachText = readFileSync(new URL('../../../agent/bundle/attach.js', import.meta.url), 'utf8');

export interface Inspected extends Target {
  /** The value of an expression in the target's main context; also while its JavaScript runs in circles. */
  evaluate: (expression: string) => Promise<unknown>;
  /** Evaluates the injected agent, as `nops attach` does. */
  attach: (options?: { folder?: string; name?: string; leased?: boolean }) => Promise<AttachAnswer>;
  /** `attach`, and waits until the agent has announced itself. */
  attached: () => Promise<AttachAnswer>;
  /** Leaves the inspector: Node waits for that at its end. */
  leave: () => Promise<void>;
}

/** Whichever it is: tests check what they expect of it. */
export type AttachAnswer = Partial<Extract<Told, { socketPath: string }>> & Partial<Extract<Told, { failure: string }>>;

export async function startInspected(t: TestContext, code: string, options: TargetOptions = {}): Promise<Inspected> {
  const execArgv = ['--inspect=127.0.0.1:0', ...(options.execArgv ?? [])];
  const target = await startTarget(t, code, { noSocket: true, ...options, execArgv });
  const url = await until(
    () => /ws:\/\/\S+/.exec(target.output().stderr)?.[0],
    () => `the inspector; ${target.output().stderr}`,
  );
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  t.after(() => socket.terminate());
  let id = 0;
  const evaluate = (expression: string) =>
    new Promise<unknown>((resolve, reject) => {
      const mine = ++id;
      const listen = (data: Buffer) => {
        const answer = JSON.parse(data.toString()) as EvaluateAnswer;
        if (answer.id !== mine) return;
        socket.off('message', listen);
        const thrown = answer.result?.exceptionDetails ?? answer.error;
        if (thrown !== undefined) reject(new Error(JSON.stringify(thrown)));
        else resolve(answer.result?.result?.value);
      };
      socket.on('message', listen);
      socket.send(
        JSON.stringify({ id: mine, method: 'Runtime.evaluate', params: { expression, returnByValue: true } }),
      );
    });
  const attach = (given: object = {}) =>
    until(
      async () => {
        const answer = (await evaluate(`(${attachText})(${JSON.stringify(given)})`)) as AttachAnswer;
        return answer.again === true ? undefined : answer;
      },
      () => 'Node’s own code to pass',
    );
  const attached = async () => {
    const answer = await attach();
    if (answer.failure === undefined) await announced(target);
    return answer;
  };
  const leave = () =>
    new Promise<void>(resolve => {
      socket.once('close', () => resolve());
      socket.close();
    });
  return { ...target, evaluate, attach, attached, leave };
}

interface EvaluateAnswer {
  id: number;
  error?: unknown;
  result?: { exceptionDetails?: unknown; result?: { value?: unknown } };
}

async function announced(target: Target): Promise<void> {
  await until(
    () => filesOf(target).find(file => file.endsWith('.json')),
    () => `the announcement; ${target.output().stderr}`,
  );
}

/** The names in the target's NOPS_DIR. */
export function filesOf(target: Target): string[] {
  try {
    return readdirSync(target.folder);
  } catch {
    return [];
  }
}

/** The names of its threads and what its descriptors lead to, sorted. */
export function threadsAndFds(pid: number): { threads: string[]; fds: string[] } {
  const threads = readdirSync(`/proc/${pid}/task`).map(tid =>
    quietly(() => readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trim()),
  );
  const fds = readdirSync(`/proc/${pid}/fd`).map(fd => quietly(() => readlinkSync(`/proc/${pid}/fd/${fd}`)));
  return { threads: threads.filter(name => name !== '').sort(), fds: fds.filter(path => path !== '').sort() };
}

/** Threads and descriptors come and go. */
function quietly(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

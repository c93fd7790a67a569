/** Some processes in one state, at once: each is attached to at a moment of its own, then released, and looked at a second later. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { readIdentity } from '@nops/probe/beside/identity';
import { evaluate } from '@nops/probe/through/inspector-channel';
import { readListeners } from '@nops/probe/through/listeners';
import { openInspector } from '@nops/probe/through/open-inspector';
import { inject } from 'nops/dist/attach/inject.js';
import type { Context } from 'nops/dist/context.js';
import { anyMoment, type Stalled } from '../support/states.js';

export interface State {
  name: string;
  /** `open`: it must be attached to; `blocked`: no signal may be sent; `alternating`: either. */
  kind: 'open' | 'blocked' | 'alternating';
  make(folder: string): Promise<Stalled>;
}

export interface Counts {
  attached: number;
  refused: number;
  failed: Map<string, number>;
  killed: number;
  /** An inspector, an agent's file or thread a second after the batch, or after the release. */
  left: number;
  /** Attached while it was blocked. */
  wrongly: number;
}

interface Batch {
  node: string;
  folder: string;
  state: State;
  size: number;
  counts: Counts;
}

/** The wait that an alternating app is in ends this often. */
const feedMs = 15;
const readyMs = 30_000;
const checkedMs = 1000;
/** What says that the process can't be attached to now, and was not touched. */
const refusal = 'no signal was sent';

/** None outlives us, however we end. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export async function runBatch({ node, folder, state, size, counts }: Batch): Promise<void> {
  const subjects = await Promise.all(Array.from({ length: size }, () => startSubject(node, folder, state)));
  const feeding = state.kind === 'alternating' ? setInterval(() => releaseAll(subjects), feedMs) : undefined;
  await Promise.all(subjects.map((subject, index) => meet(subject, index % 2 === 0, folder, state, counts)));
  await sleep(checkedMs);
  const left = new Set(subjects.filter(subject => isLeft(subject, folder)));
  if (state.kind === 'blocked') {
    releaseAll(subjects);
    await Promise.all(subjects.map(subject => waitFor(subject, 'free')));
    await sleep(checkedMs);
    for (const subject of subjects) if (isLeft(subject, folder)) left.add(subject);
  }
  clearInterval(feeding);
  counts.left += left.size;
  counts.killed += subjects.filter(({ child }) => !runs(child)).length;
  for (const { child, stalled } of subjects) {
    child.kill('SIGKILL');
    running.delete(child);
    stalled.close();
  }
}

interface Subject {
  child: ChildProcess;
  pid: number;
  stalled: Stalled;
  said(): string;
}

async function startSubject(node: string, folder: string, state: State): Promise<Subject> {
  const stalled = await state.make(folder);
  const [command = '', ...args] = [...stalled.prefix, node, '--inspect-port=0', '-e', stalled.code];
  const env = { ...process.env, NODE_OPTIONS: '', NOPS_DIR: folder };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], env });
  running.add(child);
  let said = '';
  child.stdout?.on('data', chunk => (said += chunk));
  const subject: Subject = { child, pid: child.pid ?? 0, stalled, said: () => said };
  await waitFor(subject, 'ready');
  return subject;
}

async function meet(subject: Subject, whole: boolean, folder: string, { kind }: State, counts: Counts): Promise<void> {
  await sleep(anyMoment());
  try {
    await (whole ? attachAgent(subject.pid, folder) : useInspector(subject.pid));
    counts.attached++;
    if (kind === 'blocked') counts.wrongly++;
  } catch (error) {
    if (!(error instanceof NopsError)) throw error;
    if (error.message.includes(refusal) && kind !== 'open') counts.refused++;
    else counts.failed.set(error.message, (counts.failed.get(error.message) ?? 0) + 1);
  }
}

async function useInspector(pid: number): Promise<void> {
  const inspector = await openInspector(pid, { sharedHost: true });
  await evaluate(inspector.channel, 'process.pid').finally(() => inspector.close());
}

/** As `nops attach`, a question, `nops detach`. */
async function attachAgent(pid: number, folder: string): Promise<void> {
  const { agent } = await inject(contextFor(folder), readIdentity(pid));
  await agent.call('info', { details: 0 });
  await agent.call('detach');
}

function contextFor(folder: string): Context {
  return {
    environment: {
      folder,
      token: undefined,
      color: false,
      attach: true,
      sharedHost: true,
      savedProfiles: undefined,
      stateHome: undefined,
    },
    token: undefined,
    signal: new AbortController().signal,
    progress: () => ({ at() {}, stop() {} }),
    tell() {},
    atEnd() {},
    hold: () => () => {},
    onInterrupt: () => () => {},
  };
}

function releaseAll(subjects: readonly Subject[]): void {
  for (const { stalled } of subjects) stalled.release();
}

function isLeft({ child, pid }: Subject, folder: string): boolean {
  if (!runs(child)) return false; // counted as killed
  return readListeners(pid).own.size > 0 || readdirSync(folder).some(name => name.startsWith(`nops-${pid}-`));
}

/** Until it says `word`, or has ended. */
async function waitFor({ child, said }: Subject, word: string): Promise<void> {
  for (let waited = 0; !said().includes(word) && runs(child) && waited < readyMs; waited += 5) await sleep(5);
}

function runs({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** The threads of a process with the JavaScript stack of each that has one: what `nops stack` tells, read from outside. */

import { NopsError } from '@nops/core/protocol/errors';
import type { StackThread } from '@nops/core/protocol/results';
import { amidReading, explainAmidReading } from '../amid-reading.js';
import { nap } from '../nap.js';
import { findOtherEnds } from '../other-ends.js';
import { ownThreadId } from '../procfs.js';
import { withStopped } from '../stop/with-stopped.js';
import { readThreads } from '../threads.js';
import { Stacks, type StacksOptions, type ThreadStack } from './stacks.js';

export interface ReadStacksOptions extends StacksOptions {
  /** Stop the process for a moment where a thread runs, so that its stack is exact: the only thing here that touches it. */
  stop?: boolean;
}

export interface ReadStacks {
  threads: StackThread[];
  /** V8's version; null when stacks could not be read. */
  v8: string | null;
  /** How long the process was stopped, in whole microseconds. */
  stoppedMicros: number;
  /** What must be known to judge it, as sentences. */
  notes: string[];
  /** Why no stack could be read at all: an unknown layout, or no permission. */
  refusal: NopsError | undefined;
}

/** A running thread is looked at again until it can be read well: it may be in a system call at the next look. */
const maxLooks = 40;
const patienceMs = 40;
const napMs = 0.5;

/** Throws `no-target`, `impossible` where there is no /proc, and with `stop` what `withStopped` throws. */
export function readStacks(pid: number, options: ReadStacksOptions = {}): Promise<ReadStacks> {
  return amidReading(pid, () => read(pid, options));
}

async function read(pid: number, options: ReadStacksOptions): Promise<ReadStacks> {
  let stacks: Stacks | undefined;
  let refusal: NopsError | undefined;
  try {
    stacks = new Stacks(pid, options);
  } catch (error) {
    const why = explainAmidReading(pid, error);
    if (!(why instanceof NopsError) || why.code === 'no-target' || why.code === 'no-answer') throw why;
    refusal = why;
  }
  try {
    return { ...(await readWith(pid, stacks, options.stop === true)), refusal };
  } finally {
    stacks?.close();
  }
}

async function readWith(pid: number, stacks: Stacks | undefined, stop: boolean): Promise<Omit<ReadStacks, 'refusal'>> {
  const threads = readThreads(pid);
  const notes = findOtherEnds(pid, threads);
  if (stacks === undefined) {
    return { threads: threads.map(withoutStack), v8: null, stoppedMicros: 0, notes };
  }
  const own = ownThread(pid);
  const tids = stacks.tids.filter(tid => tid !== own);
  const looks = new Map<number, ThreadStack>(tids.map(tid => [tid, lookWell(stacks, tid, stop)]));
  let stoppedMicros = 0;
  const unsure = tids.filter(tid => looks.get(tid)?.accuracy !== 'exact');
  if (stop && unsure.length > 0) {
    const stopped = await lookStopped(pid, stacks, unsure);
    for (const [tid, look] of stopped.looks) looks.set(tid, look);
    stoppedMicros = stopped.micros;
    notes.push(...stopped.notes);
  }
  for (const [tid, { problem }] of looks) {
    if (problem !== undefined) notes.push(`The stack of thread ${tid} could not be read this time: ${problem}.`);
  }
  return {
    threads: threads.map(thread => {
      const look = looks.get(thread.tid);
      if (look === undefined) return withoutStack(thread);
      const role = thread.role === 'main' ? 'main' : 'worker'; // it has an isolate: it runs JavaScript
      return { ...thread, role, accuracy: look.accuracy, frames: look.frames };
    }),
    v8: stacks.v8.located.binary.version.join('.'),
    stoppedMicros,
    notes,
  };
}

/** Copies the stacks while the process is stopped and makes sense of them afterwards; when the collector was quicker, while it is stopped. */
async function lookStopped(pid: number, stacks: Stacks, tids: number[]) {
  const quick = await withStopped(pid, tids, () => tids.map(tid => [tid, stacks.capture(tid)] as const));
  const looks = new Map<number, ThreadStack>();
  for (const [tid, captured] of quick.value) if (captured !== undefined) looks.set(tid, stacks.tell(captured));
  const left = [...looks].filter(([, { accuracy }]) => accuracy !== 'exact').map(([tid]) => tid);
  if (left.length === 0) return { looks, micros: quick.stoppedMicros, notes: quick.notes };
  const slow = await withStopped(pid, left, () => left.map(tid => [tid, stacks.look(tid)] as const));
  for (const [tid, look] of slow.value) looks.set(tid, look);
  return { looks, micros: quick.stoppedMicros + slow.stoppedMicros, notes: [...quick.notes, ...slow.notes] };
}

function withoutStack(thread: ReturnType<typeof readThreads>[number]): StackThread {
  return { ...thread, accuracy: 'none', frames: [] };
}

/** The best of several looks. With `once`, of one: the process is going to be stopped for it anyway. */
function lookWell(stacks: Stacks, tid: number, once: boolean): ThreadStack {
  const deadline = performance.now() + patienceMs;
  let best = stacks.look(tid);
  for (let count = 1; !once && best.accuracy !== 'exact' && count < maxLooks && performance.now() < deadline; count++) {
    if (best.accuracy === 'none') stacks.refresh(); // code or threads that came since
    nap(napMs);
    const next = stacks.look(tid);
    if (next.accuracy === 'exact' || (next.accuracy === 'callers' && next.frames.length > 0)) best = next;
  }
  return best;
}

/** The thread that asks, when it looks at its own process. */
function ownThread(pid: number): number | undefined {
  if (pid !== process.pid) return undefined;
  return ownThreadId();
}

/**
 * The moment in which a signal can't break anything off. A look at the main thread is true for microseconds, and on a busy machine we may
 * be held up for milliseconds after it: of 90 signals sent right after the look to a process that goes in and out of readSync, one killed
 * it. So the signal goes to a thread that does nothing; where there is none, to the main one while it stands still.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { listNumbers, tryReadText } from '../beside/procfs.js';
import type { Stacks } from '../beside/stack/stacks.js';
import { stopsUnnoticed } from '../beside/stop/may-stop.js';
import { openStopper } from '../beside/stop/with-stopped.js';
import { readActivity } from '../beside/threads.js';
import { isBreakable, isResumedWait, objection } from './main-thread.js';
import { isIdle, poolThread } from './pool-thread.js';

/**
 * A process that only passes through a state that forbids it (a short read, a page fault, a wait for the collector's helpers) leaves it
 * within this; on a machine without a free processor, one whose main thread still gets on takes longer to be met elsewhere.
 */
const patience = { stuckMs: 2000, allMs: 10_000 };
const againMs = 5;
/** After a stop that found other threads in calls that a signal breaks off: not to be stopped too often. */
const stopAgainMs = 50;
/** Where it can't be stopped, the main thread must not have been seen in a call that a signal breaks off for so long, in so many looks. */
const calm = { ms: 100, looks: 30, patientMs: 1000, againMs: 1 };

/**
 * Calls `act` with the thread to signal. Resolves with what spoke against it until the end of the patience: then it was not called.
 * Throws what `act` throws.
 */
export async function whenHarmless(
  pid: number,
  stacks: Stacks,
  act: (tid: number) => void,
): Promise<string | undefined> {
  const tid = poolThread(pid);
  if (tid !== undefined) return whenAllowed(pid, stacks, () => isIdle(pid, tid) && done(() => act(tid)));
  if (!stopsUnnoticed(pid) || restIsBreakable(pid)) return whenCalm(pid, stacks, () => act(pid));
  const stopper = await openStopper(pid);
  try {
    return await whenAllowed(
      pid,
      stacks,
      () => stopper.stopped(threadsOf(pid), () => isStoppedHarmlessly(pid, stacks) && done(() => act(pid))).value,
    );
  } finally {
    stopper.close();
  }
}

/** Calls `act` in the moment in which nothing is seen that speaks against it; again when it answers false. */
export async function whenAllowed(pid: number, stacks: Stacks, act: () => boolean): Promise<string | undefined> {
  const patient = new Patience(pid);
  for (;;) {
    const why = objection(pid, stacks);
    if (why === undefined && act()) return undefined;
    if (patient.isOver()) return why ?? 'its threads come to calls that a signal breaks off again and again';
    await sleep(why === undefined ? stopAgainMs : againMs);
  }
}

function done(act: () => void): true {
  act();
  return true;
}

/**
 * The main thread handles the signal before its next instruction, so a call that it has not begun can't be broken off. All threads look for
 * signals as they go on, so any of them may take it.
 */
function isStoppedHarmlessly(pid: number, stacks: Stacks): boolean {
  return threadsOf(pid).every(tid => {
    const { state, syscall } = readActivity(pid, tid);
    return state === 'stopped' && (!isBreakable(syscall) || (tid === pid && isResumedWait(pid, stacks)));
  });
}

/** Whether another thread than the main one, such as one of libuv's pool, is in a call that a signal breaks off. */
function restIsBreakable(pid: number): boolean {
  return threadsOf(pid).some(tid => tid !== pid && isBreakable(readActivity(pid, tid).syscall));
}

function threadsOf(pid: number): number[] {
  return listNumbers(pid, 'task');
}

async function whenCalm(pid: number, stacks: Stacks, act: () => void): Promise<string | undefined> {
  const patient = new Patience(pid);
  let since = performance.now();
  for (let looks = 0; ; looks++) {
    const { state, syscall } = readActivity(pid, pid);
    if (state === 'sleeping' && isBreakable(syscall) && !isResumedWait(pid, stacks)) {
      looks = 0;
      since = performance.now();
    }
    // On a busy machine we get few looks.
    const isCalm = performance.now() - since >= (looks >= calm.looks ? calm.ms : calm.patientMs);
    const isLate = patient.isOver();
    const why = isCalm || isLate ? objection(pid, stacks) : undefined;
    if (isCalm && why === undefined) {
      act();
      return undefined;
    }
    if (isLate) return why ?? 'its main thread comes to calls that a signal breaks off again and again';
    await sleep(isCalm ? againMs : calm.againMs);
  }
}

/** How long a better moment is waited for: as long as the main thread gets on, within bounds. */
class Patience {
  readonly #pid: number;
  readonly #beganMs = performance.now();
  #ranMs = performance.now();
  #ran: string;

  constructor(pid: number) {
    this.#pid = pid;
    this.#ran = whatRan(pid);
  }

  isOver(): boolean {
    const now = performance.now();
    const ran = whatRan(this.#pid);
    if (ran !== this.#ran) this.#ranMs = now;
    this.#ran = ran;
    return now - this.#ranMs > patience.stuckMs || now - this.#beganMs > patience.allMs;
  }
}

/** Nanoseconds that the main thread ran, waited to run, and how often it did: the kernel's Documentation/scheduler/sched-stats.rst. */
function whatRan(pid: number): string {
  return tryReadText(pid, `task/${pid}/schedstat`) ?? '';
}

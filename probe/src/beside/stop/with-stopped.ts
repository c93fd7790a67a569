/**
 * Stops a process for as long as it takes to read something of it, and continues it whatever happens. The only place in `beside` that
 * touches a process; nothing comes here unless it was asked for with `--stop`.
 */

import { NopsError } from '@nops/core/protocol/errors';
import { nap } from '../nap.js';
import { orUndefined, readStat, tryReadText } from '../procfs.js';
import { checkMayStop, stopNotes } from './may-stop.js';
import { Watchdog } from './watchdog.js';

export interface Stopped<T> {
  value: T;
  /** From before SIGSTOP to after SIGCONT, in whole microseconds, rounded up; 0 when somebody else had stopped it already. */
  stoppedMicros: number;
  /** What its reader must know, as sentences. */
  notes: string[];
}

/**
 * How long the threads may take to stop; one in uninterruptible sleep shows its call without stopping. Most take less than 0.1 ms, but a
 * machine without a free processor was seen to take 130 ms.
 */
const stopDeadlineMs = 250;
const napMs = 0.05;
/** A nap takes some 100 µs, most threads stop sooner. */
const looksBeforeNap = 4;

/**
 * What `read` returns while `pid` is stopped and none of the threads `tids` runs; it must be quick, and can't wait. A process that is
 * stopped already is read as it is, and stays stopped. Throws `usage` for a process that must not be stopped, `no-target`,
 * `no-permission`, `impossible`, and what `read` throws.
 */
export async function withStopped<T>(pid: number, tids: readonly number[], read: () => T): Promise<Stopped<T>> {
  const stopper = await openStopper(pid);
  try {
    return stopper.stopped(tids, read);
  } finally {
    stopper.close();
  }
}

export interface Stopper {
  /** Like `withStopped`, at once. */
  stopped<T>(tids: readonly number[], read: () => T): Stopped<T>;
  close(): void;
}

/** For several stops of one process: one watchdog serves them all. Throws like `withStopped`. */
export async function openStopper(pid: number): Promise<Stopper> {
  checkMayStop(pid);
  const { startTime } = readStat(pid);
  const notes = stopNotes(pid);
  const watchdog = isStopped(pid) ? undefined : await Watchdog.start(pid, startTime);
  return {
    stopped(tids, read) {
      if (readStat(pid).startTime !== startTime) throw new NopsError('no-target', `process ${pid} has ended`);
      if (isStopped(pid)) return { value: read(), stoppedMicros: 0, notes: [] };
      if (watchdog?.holding() !== true) {
        throw new NopsError('impossible', 'the watchdog of the stop has ended, so nothing was stopped', 'Try again.');
      }
      return hold(pid, tids, read, watchdog, notes);
    },
    close: () => watchdog?.close(),
  };
}

function hold<T>(pid: number, tids: readonly number[], read: () => T, watchdog: Watchdog, about: string[]): Stopped<T> {
  const notes = [...about];
  let value: T;
  const began = process.hrtime.bigint();
  try {
    signal(pid, 'SIGSTOP');
    const late = waitForStop(pid, tids);
    value = read();
    if (late.length > 0) {
      notes.push(`Threads ${late.join(', ')} did not stop within ${stopDeadlineMs} ms; they were read as they ran.`);
    } else if (/[RS]/.test(readStat(pid).state)) notes.push('Somebody else continued the process while it was read.');
  } finally {
    orUndefined(() => process.kill(pid, 'SIGCONT')); // it is gone: nothing is left to be continued
    watchdog.released();
  }
  const stoppedMicros = Math.ceil(Number(process.hrtime.bigint() - began) / 1000);
  return { value, stoppedMicros, notes };
}

/** Those of `tids` that still run at the deadline. Naps between two looks after the first few: on one core the threads need it to stop. */
function waitForStop(pid: number, tids: readonly number[]): number[] {
  const deadline = performance.now() + stopDeadlineMs;
  let running = tids.filter(tid => runs(pid, tid));
  for (let look = 1; running.length > 0 && performance.now() < deadline; look++) {
    if (look > looksBeforeNap) nap(napMs);
    running = running.filter(tid => runs(pid, tid));
  }
  return running;
}

/** One that is being woken from the stop before shows no `running`, and has its registers; it has not stopped again yet either. */
function runs(pid: number, tid: number): boolean {
  const isRunning = tryReadText(pid, `task/${tid}/syscall`)?.startsWith('running') ?? false;
  return isRunning || orUndefined(() => readStat(pid, tid).state) === 'R';
}

/** T: by a signal, t: by a tracer. proc_pid_stat(5). */
function isStopped(pid: number): boolean {
  const { state } = readStat(pid);
  return state === 'T' || state === 't';
}

function signal(pid: number, name: 'SIGSTOP'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') throw new NopsError('no-target', `process ${pid} has ended`);
    if (code !== 'EPERM') throw error;
    throw new NopsError('no-permission', `not allowed to stop process ${pid}`, 'Run nops as its user, or with sudo.');
  }
}

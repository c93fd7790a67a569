/** What a process uses: CPU time, memory, threads, descriptors; and CPU in percent between two looks. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { nanosPerTick } from './clock.js';
import { listNumbers, orUndefined, procPath, readStat, readStatus } from './procfs.js';

/** CPU time of a process so far, in two clocks: one fine, one complete. */
export interface CpuSample {
  /**
   * Time on a CPU of the threads that live now: the first field of each thread's schedstat (Documentation/scheduler/sched-stats.rst).
   * It loses a thread's time when the thread ends. Where the kernel has no schedstat it is `tickNanos`.
   */
  cpuNanos: number;
  /** utime + stime of /proc/PID/stat: ended threads are counted too, but each of the two is cut to whole ticks of 10 ms. */
  tickNanos: number;
  source: 'schedstat' | 'stat';
  /** Monotonic milliseconds, for differences only. */
  at: number;
}

export interface UsageSample extends CpuSample {
  rssBytes: number;
  threads: number;
  /** Open descriptors; null when the kernel does not let us count them. */
  fdCount: number | null;
}

/** What `pid` uses now. Needs no permission but for `fdCount`. Throws `no-target`, `impossible`. */
export function readUsage(pid: number): UsageSample {
  const { threads } = readStat(pid);
  return { ...readCpu(pid), rssBytes: readStatus(pid).rssBytes ?? 0, threads, fdCount: countFds(pid) };
}

/** CPU time that `pid` has used so far. Throws `no-target`, `impossible`. */
export function readCpu(pid: number): CpuSample {
  const stat = readStat(pid);
  const tickNanos = (stat.utimeTicks + stat.stimeTicks) * nanosPerTick;
  const fine = sumSchedstat(pid);
  const at = performance.now();
  if (fine === undefined) return { cpuNanos: tickNanos, tickNanos, source: 'stat', at };
  return { cpuNanos: fine, tickNanos, source: 'schedstat', at };
}

/**
 * Percent of one core used between two samples of the same process, all threads together; 0 when no time passed. The fine clock
 * counts, unless the complete one differs by more than its rounding: then threads have ended, and it is right.
 */
export function cpuPercent(before: CpuSample, after: CpuSample): number {
  const elapsedNanos = (after.at - before.at) * 1e6;
  if (elapsedNanos <= 0) return 0;
  const fine = after.cpuNanos - before.cpuNanos;
  const complete = after.tickNanos - before.tickNanos;
  const rounding = 2 * nanosPerTick; // utime and stime, each by less than a tick
  const used = Math.abs(complete - fine) > rounding ? complete : fine;
  return Math.max(0, (used / elapsedNanos) * 100);
}

/** Nanoseconds on a CPU by thread id, of those that live now; empty where the kernel has no schedstat. */
export function readThreadCpu(pid: number): Map<number, number> {
  const nanos = new Map<number, number>();
  for (const tid of listNumbers(pid, 'task')) {
    const text = orUndefined(() => readFileSync(`${procPath(pid)}/task/${tid}/schedstat`, 'utf8'));
    if (text !== undefined) nanos.set(tid, Number.parseInt(text, 10));
  }
  return nanos;
}

function sumSchedstat(pid: number): number | undefined {
  const nanos = readThreadCpu(pid);
  return nanos.size === 0 ? undefined : [...nanos.values()].reduce((sum, of) => sum + of, 0);
}

/** Since Linux 6.2 the folder's size is the number of descriptors (fs/proc/fd.c, proc_fd_getattr); before it was 0. */
function countFds(pid: number): number | null {
  const folder = `${procPath(pid)}/fd`;
  const size = orUndefined(() => statSync(folder).size) ?? 0;
  if (size > 0) return size;
  return orUndefined(() => readdirSync(folder).length) ?? null;
}

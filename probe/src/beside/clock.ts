/** The kernel's clock: what a start time in ticks means. */

import { readFileSync } from 'node:fs';
import { requireLinux } from './procfs.js';

/**
 * Clock ticks per second in everything /proc shows: USER_HZ, include/asm-generic/param.h. It is 100 for programs on every
 * architecture Node is built for, whatever CONFIG_HZ of the kernel is; `getconf CLK_TCK` prints the same.
 */
export const ticksPerSecond = 100;

export const nanosPerTick = 1e9 / ticksPerSecond;

/** Seconds since boot, suspended time included: the clock in which start times count. proc_uptime(5). */
export function uptimeSeconds(): number {
  requireLinux();
  return Number.parseFloat(readFileSync('/proc/uptime', 'utf8'));
}

/** Seconds since the process with this start time (field 22 of its stat) was started; never negative. */
export function ageSeconds(startTime: string, uptime: number = uptimeSeconds()): number {
  return Math.max(0, uptime - Number(startTime) / ticksPerSecond);
}

/** Unix time in milliseconds at which the machine was booted, to the second: `btime` of proc_stat(5). */
function bootTimeMs(): number {
  requireLinux();
  const match = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'));
  return Number(match?.[1] ?? 0) * 1000;
}

/** Unix time in milliseconds at which the process with this start time was started, to about a second. */
export function startedAtMs(startTime: string): number {
  return bootTimeMs() + (Number(startTime) / ticksPerSecond) * 1000;
}

/** A process's memory as the kernel counts it, and the machine's. */

import { readFileSync } from 'node:fs';
import type { MemstatsResult } from '@nops/core/protocol/memory-results';
import { readCgroup } from './cgroup.js';
import { orUndefined, readText, tryReadText } from './procfs.js';

type KernelMemory = Omit<MemstatsResult, 'schema' | 'pid' | 'way' | 'notes' | 'heap'>;

/**
 * Memory of `pid`. PSS makes the kernel walk the process's page tables (smaps_rollup, Linux 4.14), which takes milliseconds for
 * gigabytes and needs ptrace rights; without them it is null. Throws `no-target`, `impossible`.
 */
export function readMemory(pid: number): KernelMemory {
  const status = readText(pid, 'status');
  const rollup = tryReadText(pid, 'smaps_rollup') ?? '';
  const file = kilobytes(status, 'RssFile');
  const shared = kilobytes(status, 'RssShmem');
  return {
    rssBytes: kilobytes(status, 'VmRSS'),
    pssBytes: kilobytes(rollup, 'Pss'),
    anonymousBytes: kilobytes(status, 'RssAnon'),
    fileBytes: file === null ? null : file + (shared ?? 0),
    swapBytes: kilobytes(status, 'VmSwap'),
    machineBytes: machineMemory(),
    cgroup: readCgroup(pid),
  };
}

/** All memory of this machine; null when it can't be read. proc_meminfo(5). */
export function machineMemory(): number | null {
  return kilobytes(orUndefined(() => readFileSync('/proc/meminfo', 'utf8')) ?? '', 'MemTotal');
}

/** What can be had without swapping, by the kernel's own estimate; null when it can't be read. proc_meminfo(5). */
export function availableMemory(): number | null {
  return kilobytes(orUndefined(() => readFileSync('/proc/meminfo', 'utf8')) ?? '', 'MemAvailable');
}

/** `VmRSS:     46080 kB` in bytes. */
function kilobytes(text: string, name: string): number | null {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  return match === null ? null : Number(match[1]) * 1024;
}

/**
 * The control group of a process and its limits: cgroups(7), Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/. A limit counts
 * for everything below it, so the tightest one from the process's group up to the top that we can see is the one that holds.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupFacts } from '@nops/core/protocol/info-parts';
import { type CgroupMount, cgroupMounts } from './mounts.js';
import { orUndefined, tryReadText } from './procfs.js';

/** Version 1 writes "no limit" as the largest multiple of the page size in 63 bits. */
const unlimitedV1 = 2 ** 62;

/** The limits that hold for `pid`; null when it is in no group that we can see. */
export function readCgroup(pid: number): CgroupFacts | null {
  const text = tryReadText(pid, 'cgroup');
  return text === undefined ? null : cgroupFacts(text, cgroupMounts());
}

/** The limits of the groups in the text of /proc/PID/cgroup. */
export function cgroupFacts(text: string, mounts: CgroupMount[]): CgroupFacts | null {
  const cpu = find(text, mounts, 'cpu', 'cpu.stat');
  const memory = find(text, mounts, 'memory', 'memory.current');
  if (cpu === undefined && memory === undefined) return null;
  return {
    versions: [...new Set([cpu, memory].flatMap(group => group?.version ?? []))].sort(),
    cpu: cpu === undefined ? null : readCpu(cpu),
    memory: memory === undefined ? null : readMemory(memory),
  };
}

interface Group {
  version: 1 | 2;
  path: string;
  /** Folders from the group's own up to the mount. */
  folders: string[];
}

/** The group of a controller: in version 1 when it is mounted there, else in version 2, whose line comes last. `marker` is a file that it adds. */
function find(text: string, mounts: CgroupMount[], controller: string, marker: string): Group | undefined {
  for (const line of text.split('\n')) {
    const [, controllers = '', ...rest] = line.split(':');
    const path = rest.join(':');
    if (path === '') continue;
    const version = controllers === '' ? 2 : 1;
    if (version === 1 && !controllers.split(',').includes(controller)) continue;
    const mount = mounts.find(m => m.version === version && (version === 2 || m.controllers.includes(controller)));
    if (mount === undefined) continue;
    const folders = foldersOf(mount, path);
    // Version 2 may be mounted without the controller.
    if (version === 2 && !folders.some(folder => readIn(folder, marker) !== undefined)) continue;
    return { version, path, folders };
  }
  return undefined;
}

function foldersOf(mount: CgroupMount, path: string): string[] {
  const below = path.startsWith(mount.root) && mount.root !== '/' ? path.slice(mount.root.length) : path;
  // `/../..`: a group outside of what our own namespace shows; only the top of what we see is known.
  const parts = below.split('/').filter(Boolean);
  if (parts.includes('..')) return [mount.path];
  return parts.map((_, index) => join(mount.path, ...parts.slice(0, parts.length - index))).concat(mount.path);
}

function readIn(folder: string, name: string): string | undefined {
  return orUndefined(() => readFileSync(join(folder, name), 'utf8').trim());
}

function readCpu({ version, path, folders }: Group): CgroupFacts['cpu'] {
  const limits = folders.flatMap(folder => coresOf(version, folder) ?? []);
  // Throttling is counted where the quota is set.
  const counting = folders.find(folder => coresOf(version, folder) !== undefined) ?? folders[0] ?? '';
  const stat = numbersIn(readIn(counting, 'cpu.stat') ?? '');
  const micros = stat.get('throttled_usec');
  const nanos = stat.get('throttled_time'); // version 1
  return {
    path,
    limitCores: limits.length === 0 ? null : Math.min(...limits),
    periods: stat.get('nr_periods') ?? null,
    throttledPeriods: stat.get('nr_throttled') ?? null,
    throttledMs: micros !== undefined ? micros / 1000 : nanos !== undefined ? nanos / 1e6 : null,
  };
}

/** `50000 100000` in cpu.max is half a core; `max 100000` none. Version 1 has a file for each number, -1 for none. */
function coresOf(version: 1 | 2, folder: string): number | undefined {
  const [quota, period] =
    version === 2
      ? (readIn(folder, 'cpu.max') ?? 'max').split(' ')
      : [readIn(folder, 'cpu.cfs_quota_us') ?? '-1', readIn(folder, 'cpu.cfs_period_us') ?? '0'];
  const cores = Number(quota) / Number(period);
  return quota !== 'max' && cores > 0 && Number.isFinite(cores) ? cores : undefined;
}

function readMemory({ version, path, folders }: Group): CgroupFacts['memory'] {
  const own = folders[0] ?? '';
  const limitName = version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
  const limits = folders.flatMap(folder => limitOf(readIn(folder, limitName)) ?? []);
  const current = readIn(own, version === 2 ? 'memory.current' : 'memory.usage_in_bytes');
  const events = numbersIn(readIn(own, version === 2 ? 'memory.events' : 'memory.oom_control') ?? '');
  return {
    path,
    limitBytes: limits.length === 0 ? null : Math.min(...limits),
    currentBytes: current === undefined ? null : Number(current),
    oomKills: events.get('oom_kill') ?? null,
  };
}

function limitOf(text: string | undefined): number | undefined {
  const bytes = Number(text ?? 'max');
  return Number.isFinite(bytes) && bytes < unlimitedV1 ? bytes : undefined;
}

/** Lines `name number`. */
function numbersIn(text: string): Map<string, number> {
  return new Map(
    text.split('\n').map(line => {
      const [name = '', number = ''] = line.split(' ');
      return [name, Number(number)];
    }),
  );
}

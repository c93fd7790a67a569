/** The Node processes of this machine. */

import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import type { ListResult, ThreadActivity } from '@nops/core/protocol/results';
import { type FoundAnnouncement, findAnnouncement } from './announcements.js';
import { ageSeconds, uptimeSeconds } from './clock.js';
import { type Identity, readIdentity } from './identity.js';
import { isNamedNode } from './is-node.js';
import { readNodeVersion } from './node-version.js';
import { listPids, orUndefined, readStatus } from './procfs.js';
import { readActivity } from './threads.js';
import { type CpuSample, cpuPercent, readCpu, readUsage, type UsageSample } from './usage.js';
import { userName } from './users.js';

export { isNode } from './is-node.js';

export interface NodeProcess extends Identity {
  /** Node's version without the `v`; null when it can't be read. */
  node: string | null;
  /** What the main thread does. */
  main: ThreadActivity;
  usage: UsageSample;
  ageSeconds: number;
  /** The announcement of its agent; null when it has none. */
  agent: FoundAnnouncement | null;
}

export interface ListOptions {
  /** A folder to look for announcements in before the usual ones: the caller's NOPS_DIR. */
  announcementFolder?: string;
}

/**
 * All Node processes but the calling one, by pid, those started by other users as far as they can be read. `skipped`: those that look
 * like Node's and could not be read, by the reason. Processes that end meanwhile are left out. Throws `impossible` but on Linux.
 */
export function listNodeProcesses(options: ListOptions = {}): {
  processes: NodeProcess[];
  skipped: ListResult['skipped'];
} {
  const processes: NodeProcess[] = [];
  const reasons = new Map<string, number[]>();
  const skip = (pid: number, reason: string): void => void reasons.set(reason, [...(reasons.get(reason) ?? []), pid]);
  const uptime = uptimeSeconds();
  for (const pid of listPids()) {
    if (pid === process.pid) continue;
    const verdict = isNamedNode(pid);
    if (verdict === 'maybe') skip(pid, unreadable(pid));
    if (verdict !== true) continue;
    try {
      processes.push(readProcess(pid, uptime, options));
    } catch (error) {
      if (!(error instanceof NopsError)) throw error;
      if (error.code === 'no-permission') skip(pid, `${error.message}. ${error.next ?? ''}`.trim());
    }
  }
  return { processes, skipped: [...reasons].map(([reason, pids]) => ({ pids, reason })) };
}

function readProcess(pid: number, uptime: number, options: ListOptions): NodeProcess {
  const identity = readIdentity(pid);
  return {
    ...identity,
    node: readNodeVersion(pid),
    main: readActivity(pid, pid),
    usage: readUsage(pid),
    ageSeconds: ageSeconds(identity.startTime, uptime),
    agent: findAnnouncement(identity, options.announcementFolder),
  };
}

function unreadable(pid: number): string {
  const uid = orUndefined(() => readStatus(pid).uid.effective);
  const own = process.geteuid?.();
  if (uid === undefined || uid === own) return 'The kernel does not let you read it: run nops with sudo.';
  const user = userName(uid);
  return `It belongs to ${user === null ? `uid ${uid}` : `user ${user}`}: run nops as that user or with sudo.`;
}

/**
 * Percent of one core that each process uses, by pid, measured over `ms` for all at once. Processes that end meanwhile are missing.
 */
export async function sampleCpu(processes: readonly { pid: number }[], ms = 100): Promise<Map<number, number>> {
  const before = new Map<number, CpuSample>();
  for (const { pid } of processes) {
    const sample = orUndefined(() => readCpu(pid));
    if (sample !== undefined) before.set(pid, sample);
  }
  await sleep(ms);
  const percents = new Map<number, number>();
  for (const [pid, sample] of before) {
    const after = orUndefined(() => readCpu(pid));
    if (after !== undefined) percents.set(pid, cpuPercent(sample, after));
  }
  return percents;
}

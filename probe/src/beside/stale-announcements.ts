/** Removes announcements of processes that are gone: a process that was killed can't do it itself. */

import { readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseAnnouncementName } from '@nops/core/protocol/announcement';
import { seesAllProcesses } from './namespaces.js';
import { listPids, orUndefined, readStat, readStatus } from './procfs.js';
import { isPrivateFolder } from './safe-files.js';

/**
 * Removes from `folder`, when it belongs to `ownUid`, the files of announcements (.json and .sock) whose process is gone or whose pid
 * now belongs to another process; nothing else. Returns the paths it removed.
 *
 * An announcement names the pid as its process sees it, and containers may share the folder. So nothing is removed unless we are in
 * the machine's first pid namespace, where every process can be seen with all its pids: only there absence proves an end.
 */
export function removeStale(folder: string, ownUid: number): string[] {
  if (!seesAllProcesses() || !isPrivateFolder(folder, ownUid)) return [];
  const candidates = (orUndefined(() => readdirSync(folder)) ?? []).filter(name => isStale(name, runsHere));
  if (candidates.length === 0) return [];
  const running = allRunning();
  const removed: string[] = [];
  for (const name of candidates) {
    const path = join(folder, name);
    if (!isStale(name, (pid, startTime) => running.has(`${pid} ${startTime}`))) continue;
    if (unlink(path)) removed.push(path);
  }
  return removed;
}

/** False when it could not be removed: somebody else was faster, or it is no file. */
function unlink(path: string): boolean {
  const removed = orUndefined(() => {
    unlinkSync(path);
    return true;
  });
  return removed ?? false;
}

function isStale(fileName: string, runs: (pid: number, startTime: string) => boolean): boolean {
  const parsed = parseAnnouncementName(fileName);
  return parsed !== undefined && !runs(parsed.pid, parsed.startTime);
}

/** The common case at little cost: a process with this pid in our own namespace. */
function runsHere(pid: number, startTime: string): boolean {
  return orUndefined(() => readStat(pid).startTime) === startTime;
}

/** `<pid> <start time>` of every process, by each pid it has in some namespace. */
function allRunning(): Set<string> {
  const running = new Set<string>();
  for (const pid of listPids()) {
    const startTime = orUndefined(() => readStat(pid).startTime);
    const pids = orUndefined(() => readStatus(pid).nsPid) ?? [pid];
    for (const inner of pids) if (startTime !== undefined) running.add(`${inner} ${startTime}`);
  }
  return running;
}

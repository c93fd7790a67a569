/** Folders in which processes leave what they record for a `nops run`: a nops that is killed can't remove its own, so the next one does. */

import { lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { orUndefined, readStat } from '@nops/probe/beside/procfs';

/** What the name of the folder of `pid` begins with: who that is, since pids come again, and other containers that share /tmp have them too. */
export function folderName(pid: number): string {
  return `nops-run-${pidNamespace()}-${pid}-${startTimeOf(pid)}-`;
}

/** Only our user's, and no link. */
export function sweepLeftFolders(): void {
  const here = pidNamespace();
  for (const name of readdirSync(tmpdir())) {
    const [, namespace, pid, startTime] = /^nops-run-(\d+)-(\d+)-(\d+)-/.exec(name) ?? [];
    if (namespace !== here || startTimeOf(Number(pid)) === startTime) continue;
    const path = join(tmpdir(), name);
    try {
      const stats = lstatSync(path);
      if (stats.isDirectory() && stats.uid === process.getuid?.()) rmSync(path, { recursive: true, force: true });
    } catch {
      // Somebody else was faster.
    }
  }
}

/** Of the kernel. `0` where there is no such process; nor is there one anywhere without /proc, so nothing is swept there. */
function startTimeOf(pid: number): string {
  return orUndefined(() => readStat(pid).startTime) ?? '0';
}

/** `pid:[4026531836]`, see namespaces(7). */
function pidNamespace(): string {
  return /\d+/.exec(orUndefined(() => readlinkSync('/proc/self/ns/pid')) ?? '')?.[0] ?? '0';
}

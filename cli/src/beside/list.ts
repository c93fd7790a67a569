/** The Node processes of this machine, as /proc and the agents' announcements tell them. */

import type { ListResult } from '@nops/core/protocol/results';
import { listNodeProcesses, type NodeProcess, sampleCpu } from '@nops/probe/beside/processes';
import { cleanOwnFolders } from '../target/own-folders.js';

/** All processes but this one; `folder` is looked through for agents before the usual ones. */
export function nodeProcesses(folder: string | undefined): ReturnType<typeof listNodeProcesses> {
  return listNodeProcesses(folder === undefined ? {} : { announcementFolder: folder });
}

/** What a process is called: by its agent, else by what it runs. */
export function nameOf(found: NodeProcess): string {
  return found.agent?.announcement.name ?? found.name;
}

/** Long enough to tell busy from idle; a list is waited for. */
const sampleMs = 50;

export async function listBeside(folder: string | undefined): Promise<ListResult> {
  cleanOwnFolders(folder);
  const { processes, skipped } = nodeProcesses(folder);
  const cpuPercents = processes.length === 0 ? undefined : await sampleCpu(processes, sampleMs);
  return {
    schema: 'nops.list/1',
    processes: processes.map(found => ({
      pid: found.pid,
      ppid: found.ppid,
      name: nameOf(found),
      script: found.script,
      packageName: found.packageName,
      node: found.node,
      agent: found.agent !== null,
      main: found.main,
      cpuPercent: cpuPercents?.get(found.pid) ?? null,
      rssBytes: found.usage.rssBytes,
      uid: found.uid,
      user: found.user,
      ageSeconds: found.ageSeconds,
    })),
    skipped,
  };
}

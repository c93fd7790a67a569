/** The Node processes of this machine, as /proc and the agents' announcements tell them. */

import type { ListResult } from '@nops/core/protocol/results';
import { listNodeProcesses, type NodeProcess, sampleCpu } from '@nops/probe/beside/processes';
import { type CpuSample, cpuPercent } from '@nops/probe/beside/usage';
import { cleanOwnFolders } from '../target/own-folders.js';

/** All processes but this one; `folder` is looked through for agents before the usual ones. */
export function nodeProcesses(folder: string | undefined): ReturnType<typeof listNodeProcesses> {
  return listNodeProcesses(folder === undefined ? {} : { announcementFolder: folder });
}

/** What a process is called: by its agent, else by what it runs. */
export function nameOf(found: NodeProcess): string {
  return found.agent?.announcement.name ?? found.name;
}

/** On two busy cores a process that spins is off them for tens of milliseconds at a time: over 50 ms it could read as 2 %. */
const sampleMs = 150;

export async function listBeside(folder: string | undefined): Promise<ListResult> {
  cleanOwnFolders(folder);
  const { processes, skipped } = nodeProcesses(folder);
  return resultOf(processes, skipped, await sampled(processes));
}

/** The list again and again; from the second on CPU is measured since the one before. */
export async function* listAgain(folder: string | undefined): AsyncGenerator<ListResult, never> {
  cleanOwnFolders(folder);
  let before: ReadonlyMap<string, CpuSample> | undefined;
  for (;;) {
    const { processes, skipped } = nodeProcesses(folder);
    const percents = before === undefined ? await sampled(processes) : since(before, processes);
    before = new Map(processes.map(found => [keyOf(found), found.usage]));
    yield resultOf(processes, skipped, percents);
  }
}

async function sampled(processes: NodeProcess[]): Promise<ReadonlyMap<number, number>> {
  return processes.length === 0 ? new Map() : sampleCpu(processes, sampleMs);
}

function since(before: ReadonlyMap<string, CpuSample>, processes: NodeProcess[]): ReadonlyMap<number, number> {
  return new Map(
    processes.flatMap(found => {
      const last = before.get(keyOf(found));
      return last === undefined ? [] : [[found.pid, cpuPercent(last, found.usage)] as const];
    }),
  );
}

/** A pid may be another process's by the next list. */
function keyOf({ pid, startTime }: NodeProcess): string {
  return `${pid} ${startTime}`;
}

function resultOf(
  processes: NodeProcess[],
  skipped: ListResult['skipped'],
  cpuPercents: ReadonlyMap<number, number>,
): ListResult {
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
      cpuPercent: cpuPercents.get(found.pid) ?? null,
      rssBytes: found.usage.rssBytes,
      uid: found.uid,
      user: found.user,
      ageSeconds: found.ageSeconds,
    })),
    skipped,
  };
}

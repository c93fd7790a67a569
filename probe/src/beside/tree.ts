/** The Node processes of this machine as a tree: who started whom, and how they talk. */

import type { TreeNode } from '@nops/core/protocol/machine-results';
import type { ListResult } from '@nops/core/protocol/results';
import { type ListOptions, listNodeProcesses, type NodeProcess } from './processes.js';
import { orUndefined, readStat, readStatus } from './procfs.js';
import { readEnvironmentVariable } from './started-with.js';
import { readThreads } from './threads.js';

/** A chain of parents longer than this is cut: pids may be reused while we climb. */
const maxClimb = 64;

/** Roots by pid; `skipped` as in `listNodeProcesses`. The calling process is left out. Throws `impossible` but on Linux. */
export function readTree(options: ListOptions): { roots: TreeNode[]; skipped: ListResult['skipped'] } {
  const { processes, skipped } = listNodeProcesses(options);
  const nodes = new Map(processes.map(found => [found.pid, nodeOf(found)]));
  const roots: TreeNode[] = [];
  for (const node of nodes.values()) {
    const { parent, via } = climb(node, nodes);
    if (parent === undefined) {
      roots.push(node);
      continue;
    }
    node.via = via;
    node.kind = kindOf(node.pid);
    parent.children.push(node);
  }
  return { roots, skipped };
}

function nodeOf(found: NodeProcess): TreeNode {
  const workers = (orUndefined(() => readThreads(found.pid)) ?? []).filter(({ role }) => role === 'worker');
  const own = found.agent?.announcement.workerTid;
  return {
    pid: found.pid,
    ppid: found.ppid,
    name: found.agent?.announcement.name ?? found.name,
    node: found.node,
    agent: found.agent !== null,
    kind: 'root',
    via: [],
    workers: workers.map(({ tid, name }) => {
      return { tid, name: own !== undefined && innerTid(found.pid, tid) === own ? 'nops agent' : name };
    }),
    children: [],
  };
}

/** The thread's id as its process sees it. */
function innerTid(pid: number, tid: number): number {
  return orUndefined(() => readStatus(pid, tid).nsPid.at(-1)) ?? tid;
}

/** The nearest Node process above, and what lies between, outermost first. */
function climb(from: TreeNode, nodes: Map<number, TreeNode>): { parent: TreeNode | undefined; via: TreeNode['via'] } {
  const via: TreeNode['via'] = [];
  let pid = from.ppid;
  for (let step = 0; step < maxClimb && pid > 1; step++) {
    const parent = nodes.get(pid);
    if (parent !== undefined) return { parent, via: via.reverse() };
    const stat = orUndefined(() => readStat(pid));
    if (stat === undefined) break;
    via.push({ pid, name: stat.comm });
    pid = stat.ppid;
  }
  return { parent: undefined, via: [] };
}

/** What node sets for a child that it forks (lib/internal/cluster/primary.js, lib/child_process.js); the child deletes both. */
function kindOf(pid: number): TreeNode['kind'] {
  if (readEnvironmentVariable(pid, 'NODE_CHANNEL_FD') === undefined) return 'child';
  return readEnvironmentVariable(pid, 'NODE_UNIQUE_ID') === undefined ? 'fork' : 'cluster';
}

/** A Node process and the Node processes that it started, directly or not: a cluster, PM2 and its apps, forks, children. */

import type { FamilyMember } from '@nops/core/protocol/family-results';
import type { TreeNode } from '@nops/core/protocol/machine-results';
import type { ListOptions } from './processes.js';
import { orUndefined, readStat } from './procfs.js';
import { readEnvironmentVariable } from './started-with.js';
import { readTree } from './tree.js';

/** A chain of parents longer than this is cut: pids may be reused while we climb. */
const maxClimb = 64;

/** The root first; empty when it is no Node process that can be seen. The calling process is left out. */
export function readFamily(pid: number, options: ListOptions): FamilyMember[] {
  const { roots, skipped } = readTree(options);
  const root = find(roots, pid);
  if (root === undefined) return [];
  const hidden = skipped.flatMap(({ pids }) => pids).filter(other => descendsFrom(other, pid));
  return [
    ...flatten({ ...root, kind: 'root' }),
    // Who asks them is told why they can't be.
    ...hidden.map(other => ({ pid: other, name: '?', kind: 'child' as const, worker: null })),
  ];
}

/** The node of a process in a forest. */
export function find(nodes: TreeNode[], pid: number | undefined): TreeNode | undefined {
  for (const node of nodes) {
    const found = node.pid === pid ? node : find(node.children, pid);
    if (found !== undefined) return found;
  }
  return undefined;
}

function flatten({ pid, name, kind, children }: TreeNode): FamilyMember[] {
  return [{ pid, name, kind, worker: kind === 'root' ? null : workerOf(pid) }, ...children.flatMap(flatten)];
}

/**
 * PM2 tells its apps who they are in `pm_id` and `name`, those of a cluster in `pm2_env` (lib/God/ForkMode.js, ClusterMode.js);
 * node:cluster in NODE_UNIQUE_ID (lib/internal/cluster/primary.js).
 */
function workerOf(pid: number): string | null {
  const read = (name: string) => readEnvironmentVariable(pid, name);
  const [id, name] = [read('pm_id'), read('name')];
  if (id !== undefined && name !== undefined) return `${name} ${id}`;
  const clustered = parse(read('pm2_env'));
  if (clustered !== undefined) return clustered;
  const unique = read('NODE_UNIQUE_ID');
  return unique === undefined ? null : `worker ${unique}`;
}

function parse(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const { name, pm_id } = JSON.parse(text) as { name?: unknown; pm_id?: unknown };
    return pm_id === undefined ? undefined : `${String(name)} ${String(pm_id)}`;
  } catch {
    return undefined;
  }
}

function descendsFrom(pid: number, ancestor: number): boolean {
  let at = pid;
  for (let step = 0; step < maxClimb && at > 1; step++) {
    const above = orUndefined(() => readStat(at).ppid);
    if (above === undefined) return false;
    if (above === ancestor) return true;
    at = above;
  }
  return false;
}

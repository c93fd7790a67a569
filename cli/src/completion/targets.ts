/** The targets that a shell offers: pids, and names that mean one process. */

import { nameOf, nodeProcesses } from '../beside/list.js';

/**
 * A name may come from anybody's process and goes into a shell: only what no shell takes for anything but a word is offered.
 */
const harmless = /^[\w@][\w@.+/-]*$/;

export function listTargets(folder: string | undefined): string {
  const { processes } = nodeProcesses(folder);
  const counts = new Map<string, number>();
  for (const found of processes) counts.set(nameOf(found), (counts.get(nameOf(found)) ?? 0) + 1);
  const names = [...counts].filter(([name, count]) => count === 1 && harmless.test(name)).map(([name]) => name);
  return [...processes.map(({ pid }) => String(pid)), ...names].map(word => `${word}\n`).join('');
}

/** Whether the kernel lets us look into a process: the ptrace access check, ptrace(2). Loads little. */

import { closeSync, openSync } from 'node:fs';
import { orUndefined, procPath } from './procfs.js';

/** Whether the memory of `pid` may be read; nothing is read and the process is not touched. False when it is gone. */
export function canSeeMemory(pid: number): boolean {
  const file = orUndefined(() => openSync(`${procPath(pid)}/mem`, 'r'));
  if (file === undefined) return false;
  closeSync(file);
  return true;
}

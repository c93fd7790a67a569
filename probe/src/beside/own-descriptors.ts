/** How many descriptors this process may still open, for servers in it that must leave some to the app: proc_pid_fd(5), proc_pid_limits(5). */

import { readdirSync, readFileSync } from 'node:fs';
import { parseFdLimit } from './fds.js';

/** Where there is no /proc: macOS lets a process open 256 unless it is told otherwise. */
const unknownLimit = 256;

/** The soft limit. Never throws. */
export function ownDescriptorLimit(): number {
  try {
    return parseFdLimit(readFileSync('/proc/self/limits', 'utf8')).soft ?? Number.POSITIVE_INFINITY;
  } catch {
    return unknownLimit;
  }
}

/** Those that are free now. Never throws: where it can't be known because there are none, it is 0. */
export function ownFreeDescriptors(): number {
  try {
    // The one that lists them is gone again.
    return Math.max(0, ownDescriptorLimit() - readdirSync('/proc/self/fd').length + 1);
  } catch {
    return process.platform === 'linux' ? 0 : unknownLimit / 2;
  }
}

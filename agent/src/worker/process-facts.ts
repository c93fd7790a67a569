/** Plain facts about the process that the worker can read without its main thread. */

import { readFileSync } from 'node:fs';

/** The command line; from /proc, since a worker's own process.argv is not the app's. Empty where there is no /proc. */
export function commandLine(): string[] {
  try {
    return readFileSync('/proc/self/cmdline', 'utf8').replace(/\0$/, '').split('\0');
  } catch {
    return [];
  }
}

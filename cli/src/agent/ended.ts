/** Why an agent hung up: mostly since its process has ended. */

import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { readStat } from '@nops/probe/beside/procfs';

/** A process lets go of its sockets a moment before it has ended. */
const waitMs = 300;
const pollMs = 20;

/** Throws `error`, or that the process has ended, when that is why. `pid`: its number here, when known. */
export async function orEnded(error: unknown, pid: number | undefined): Promise<never> {
  const isPerhaps = error instanceof NopsError && error.code === 'no-answer' && process.platform === 'linux';
  if (!isPerhaps || pid === undefined || !/ECONNRESET|EPIPE/.test(error.message)) throw error;
  for (let waited = 0; waited <= waitMs; waited += pollMs) {
    if (hasEnded(pid)) throw ended(pid);
    await sleep(pollMs);
  }
  throw error;
}

function ended(pid: number): NopsError {
  return new NopsError(
    'no-target',
    `process ${pid} ended before its agent had answered`,
    'nops run -- <command>   keeps what a process does until its end',
  );
}

/** Also one whose parent has not asked for its exit code: proc_pid_stat(5), state Z. */
function hasEnded(pid: number): boolean {
  try {
    return /[ZX]/.test(readStat(pid).state);
  } catch (error) {
    return error instanceof NopsError && error.code === 'no-target';
  }
}

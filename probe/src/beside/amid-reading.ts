/** What an error amid the reading of a process means: its memory can vanish at any word, and looks like nonsense then. */

import { NopsError } from '@nops/core/protocol/errors';
import { errnoOf, orUndefined, readStat, tryReadText } from './procfs.js';
import { isMisread } from './stack/misread.js';

/** What `read` gives; its failure as `explain` tells it. */
export async function amidReading<T>(pid: number, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw explainAmidReading(pid, error);
  }
}

/** Like `amidReading`, at once. */
export function amidReadingNow<T>(pid: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw explainAmidReading(pid, error);
  }
}

/** The error to throw instead: `no-target` when the process has ended, `no-answer` when its memory made no sense this time. Bugs stay bugs. */
export function explainAmidReading(pid: number, error: unknown): unknown {
  const isOurs = error instanceof NopsError || isMisread(error) || errnoOf(error) !== undefined;
  if (isOurs && hasEnded(pid)) {
    if (error instanceof NopsError && error.code === 'no-target') return error;
    return new NopsError(
      'no-target',
      `process ${pid} ended while it was read`,
      'Run nops to list the Node.js processes.',
    );
  }
  if (!isMisread(error)) return error;
  return new NopsError(
    'no-answer',
    `the memory of process ${pid} changed while it was read: ${(error as Error).message}`,
    'Try again.',
  );
}

/** A process that ends gives its memory back first, and has no mapping while it still seems to run. */
function hasEnded(pid: number): boolean {
  const state = orUndefined(() => readStat(pid).state);
  return state === undefined || state === 'Z' || state === 'X' || tryReadText(pid, 'maps') === '';
}

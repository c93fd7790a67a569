/** Writes what a user keeps: whole or not at all, readable by its owner only, because profiles and results tell secrets. */

import { accessSync, constants, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NopsError } from '@nops/core/protocol/errors';

/** Throws a `usage` error when `path` can't be written; to be called before a long measurement. */
export function checkWritable(path: string): void {
  try {
    const target = whereItIs(path);
    const type = typeOf(target);
    if (type === 'folder') throw new Error('it is a folder');
    accessSync(type === 'special' ? target : dirname(target), constants.W_OK);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Writes `path` through a temporary file beside it. Synchronous, so that a Ctrl-C falls before it or after it. A device or FIFO
 * (`/dev/null`) is written to, never replaced.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  let temporary: string | undefined;
  try {
    const target = whereItIs(path);
    if (typeOf(target) === 'special') {
      writeFileSync(target, content);
      return;
    }
    temporary = `${target}.${process.pid}.tmp`;
    writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, target);
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { force: true });
    throw cannotWrite(path, error);
  }
}

/** The absolute path, links followed when it exists. */
function whereItIs(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function typeOf(path: string): 'folder' | 'special' | 'file' {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : 'special';
}

function cannotWrite(path: string, error: unknown): NopsError {
  const reason = error instanceof Error ? error.message : String(error);
  return new NopsError('usage', `can't write ${path}: ${reason}`, 'Name another file.');
}

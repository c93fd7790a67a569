/** Writes what a user keeps: whole or not at all, readable by its owner only, because profiles and results tell secrets. */

import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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
  const file = openWhole(path);
  try {
    file.write(content);
    file.keep();
  } finally {
    file.discard();
  }
}

/** A file that is written piece by piece, and is there only when it is kept. */
export interface WholeFile {
  write(content: string | Uint8Array): void;
  keep(): void;
  /** To be called whatever happens; after `keep` it does nothing. */
  discard(): void;
}

/** As `writeWhole`, for what is too large to hold at once. Everything here throws `usage` for what can't be written. */
export function openWhole(path: string): WholeFile {
  const told = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw cannotWrite(path, error);
    }
  };
  const target = whereItIs(path);
  const temporary = typeOf(target) === 'special' ? undefined : `${target}.${process.pid}.tmp`;
  let file: number | undefined = told(() =>
    temporary === undefined ? openSync(target, 'w') : openSync(temporary, 'wx', 0o600),
  );
  const close = () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  let isTemporary = temporary !== undefined;
  return {
    write: content => told(() => file !== undefined && writeFileSync(file, content)),
    keep: () =>
      told(() => {
        close();
        if (temporary !== undefined) renameSync(temporary, target);
        isTemporary = false;
      }),
    discard() {
      close();
      if (temporary !== undefined && isTemporary) rmSync(temporary, { force: true });
    },
  };
}

/** Bytes that are left where `path` would be written; null when nobody can tell, or nothing is kept there. */
export function bytesLeft(path: string): number | null {
  try {
    const target = whereItIs(path);
    if (typeOf(target) === 'special') return null;
    const { bavail, bsize } = statfsSync(dirname(target));
    return bavail * bsize;
  } catch {
    return null;
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

/**
 * Keeps what was read of an executable in a private folder: reading it again takes some hundred milliseconds. Bounded, written whole or
 * not at all, and never believed when anybody else could have written it.
 *
 * What is kept is found by the file's identity, and only for files that nobody but their owner or root can write. The linker's build id is
 * the same in a copy whose symbols somebody has changed, and a hash of all that is read (10 to 23 MB) takes a third of the time of reading it.
 */

import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { orUndefined } from '../procfs.js';
import { isPrivateFolder, readOwnedFile } from '../safe-files.js';
import type { V8Binary } from './binary.js';

/** Changes with the shape of `V8Binary`. */
const format = 2;
/** Each has 200 to 300 kB. */
const maxFiles = 16;
const maxFileBytes = 4 << 20;

/** The facts kept of the file with this identity; undefined when there are none. */
export function readFacts(folder: string, identity: string): V8Binary | undefined {
  const uid = process.geteuid?.();
  if (uid === undefined || !isPrivateFolder(folder, uid)) return undefined;
  const text = readOwnedFile(join(folder, fileName(identity)), uid, maxFileBytes);
  if (text === undefined) return undefined;
  try {
    const kept = JSON.parse(text) as { format?: unknown; identity?: unknown; binary?: V8Binary };
    return kept.format === format && kept.identity === identity ? kept.binary : undefined;
  } catch {
    return undefined; // not ours, or damaged: it is read anew
  }
}

/** Keeps them, best effort: a disk that is full or read-only only costs time. */
export function writeFacts(folder: string, identity: string, binary: V8Binary): void {
  const uid = process.geteuid?.();
  if (uid === undefined) return;
  orUndefined(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isPrivateFolder(folder, uid)) return;
    const path = join(folder, fileName(identity));
    // Not our pid: one that was killed leaves its draft, and in a container the next nops often has the same.
    const draft = `${path}.${Math.random().toString(36).slice(2)}`;
    try {
      writeFileSync(draft, JSON.stringify({ format, identity, binary }), { mode: 0o600, flag: 'wx' });
      renameSync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
    removeOldest(folder);
  });
}

function fileName(identity: string): string {
  return `v8-${identity}.json`;
}

function removeOldest(folder: string): void {
  const files = readdirSync(folder)
    .filter(name => name.startsWith('v8-'))
    .flatMap(name => orUndefined(() => ({ name, time: statSync(join(folder, name)).mtimeMs })) ?? []);
  files.sort((a, b) => b.time - a.time);
  for (const { name } of files.slice(maxFiles)) rmSync(join(folder, name), { force: true });
}

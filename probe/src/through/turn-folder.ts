/**
 * The folder in which nops processes agree on whose turn it is: the private one in which the target's agents announce themselves, since
 * names that anyone can take, such as abstract sockets, would let a stranger decide. Made when it is not there, and then removed again.
 */

import { accessSync, chownSync, constants, lstatSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { announcementFolders } from '@nops/core/protocol/announcement';
import { rootPrefix } from '../beside/namespaces.js';
import { orUndefined, procPath, readStatus } from '../beside/procfs.js';
import { isPrivateFolder } from '../beside/safe-files.js';

export interface PrivateFolder {
  /** As it is reached from here. */
  path: string;
  /** As the process sees it. */
  inside: string;
  /** Who owns it, as we see users. */
  uid: number;
}

/** The user's number as the process's own user namespace has it; the same where there is no other: user_namespaces(7). */
function uidInside(pid: number, uid: number): number {
  const map = orUndefined(() => readFileSync(`${procPath(pid)}/uid_map`, 'utf8')) ?? '';
  for (const line of map.split('\n')) {
    const [inside = 0, outside = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    if (uid >= outside && uid < outside + count) return inside + uid - outside;
  }
  return uid;
}

/** Where the user of `pid` may have a private folder, best first; `extra` (NOPS_DIR) goes before. None is checked. */
export function privateFolders(pid: number, extra?: string): PrivateFolder[] {
  const uid = readStatus(pid).uid.effective;
  const root = rootPrefix(pid);
  const usual = announcementFolders(uidInside(pid, uid));
  return (extra === undefined ? usual : [extra, ...usual]).map(inside => ({ path: root + inside, inside, uid }));
}

/** The first that is there or can be made, and that we can write to; undefined when there is none. `undo` removes it if it was made and is empty. */
export function useFolder(folders: readonly PrivateFolder[]): { folder: PrivateFolder; undo(): void } | undefined {
  for (const folder of folders) {
    const made = make(folder);
    if (isPrivate(folder) && isWritable(folder.path)) {
      return { folder, undo: made ? () => void orUndefined(() => rmdirSync(folder.path)) : () => {} };
    }
  }
  return undefined;
}

export function isPrivate({ path, inside, uid }: PrivateFolder): boolean {
  return isPrivateFolder(inside, uid, path.slice(0, path.length - inside.length));
}

/** Whether it was made now. Only in a folder that is there, and only for our own user, or by root. */
function make({ path, uid }: PrivateFolder): boolean {
  if (orUndefined(() => lstatSync(dirname(path))) === undefined) return false;
  const made = orUndefined(() => {
    mkdirSync(path, { mode: 0o700 });
    // It is ours until here, and nobody else can put another in its place: its parent is sticky, or the user's own.
    if (uid !== process.geteuid?.()) chownSync(path, uid, -1);
    return true;
  });
  return made === true;
}

function isWritable(path: string): boolean {
  const ok = orUndefined(() => {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  });
  return ok === true;
}

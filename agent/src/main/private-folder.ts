/** The folder of the socket must be its user's alone: /tmp is everybody's, and who can connect can read the process's memory. */

import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes the folder, or checks that the one that is there is private and can be written to. Throws an Error that says what is wrong. */
export function preparePrivateFolder(folder: string): void {
  makeFolder(folder);
  const found = lstatSync(folder);
  const uid = process.getuid?.();
  if (!found.isDirectory()) throw new Error(`${folder} is not a folder`);
  if (uid !== undefined && found.uid !== uid) throw new Error(`${folder} belongs to user ${found.uid}, not to ${uid}`);
  if ((found.mode & 0o077) !== 0 && uid !== undefined)
    throw new Error(`${folder} is open to other users (mode ${(found.mode & 0o777).toString(8)}): chmod 700 it`);
  // There may be one from before on a file system that has become read-only.
  accessSync(folder, constants.W_OK | constants.X_OK);
}

/** Not by mkdir's own `recursive`: where a file system refuses a name with ENOENT, as /proc does, Node tries again without end. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isThere(folder)) return;
    if (code !== 'ENOENT' || isThere(dirname(folder))) throw error;
    makeFolder(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

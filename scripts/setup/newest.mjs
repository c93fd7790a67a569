// How old a file or a folder with all that is in it is.

import fs from 'node:fs';
import path from 'node:path';

/** The time of the newest file or folder in `file`, itself included; 0 when there is none. @param {string} file @returns {number} */
export function newestIn(file) {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isDirectory()) return stats?.mtimeMs ?? 0;
  return Math.max(stats.mtimeMs, ...fs.readdirSync(file).map(name => newestIn(path.join(file, name))));
}

/** The files that are left when a heap limit was reached: whole, private and few. */

import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of so many processes are kept, two of each. A service that dies again and again must not fill the disk. */
const maxKept = 10;
const ours = /^nops-oom-\d+-(\d{8}T\d{6})\.(pb\.gz|txt)$/;

/** Written aside and renamed, so that nobody reads half of it. */
export function writeWhole(folder: string, name: string, content: string | Uint8Array): void {
  const aside = join(folder, `.${name}.${process.pid}`);
  try {
    writeFileSync(aside, content, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(aside, join(folder, name));
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** Removes the oldest. */
export function keepLatest(folder: string): void {
  const times = readdirSync(folder)
    .flatMap(file => {
      const time = ours.exec(file)?.[1];
      return time === undefined ? [] : [{ file, time }];
    })
    .sort((a, b) => (a.time < b.time ? 1 : -1));
  for (const { file } of times.slice(2 * maxKept)) rmSync(join(folder, file), { force: true });
}

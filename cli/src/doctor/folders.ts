/** Checks the folders in which agents of this user announce themselves. */

import { lstatSync, readdirSync } from 'node:fs';
import { announcementFolders, parseAnnouncementName } from '@nops/core/protocol/announcement';
import type { DoctorCheck } from '@nops/core/protocol/machine-results';

export function checkFolders(extra: string | undefined): DoctorCheck {
  const uid = process.geteuid?.() ?? 0;
  const folders = extra === undefined ? announcementFolders(uid) : [extra, ...announcementFolders(uid)];
  const bad = folders.flatMap(folder => whatIsWrong(folder, uid) ?? []);
  const found = folders.filter(folder => lstatSync(folder, { throwIfNoEntry: false }) !== undefined);
  const tell = found.length === 0 ? 'none yet; an agent makes it' : found.map(describe).join(', ');
  return {
    name: 'agents’ folder',
    status: bad.length === 0 ? 'ok' : 'limited',
    seen: bad.length === 0 ? tell : bad.join('; '),
    means: 'Agents refuse to use a folder that others could write to, and nops ignores what is in it.',
    fix: bad.length === 0 ? null : `Remove it, or make it yours alone: chmod 700 ${found[0] ?? folders[0]}`,
  };
}

function describe(folder: string): string {
  const announced = readdirSync(folder).filter(
    name => name.endsWith('.json') && parseAnnouncementName(name) !== undefined,
  );
  return `${folder} (${announced.length} announced)`;
}

/** undefined: it is fine, or not there. */
function whatIsWrong(folder: string, uid: number): string | undefined {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isDirectory()) return `${folder} is no folder`;
  if (stats.uid !== uid) return `${folder} belongs to uid ${stats.uid}`;
  if ((stats.mode & 0o077) !== 0) return `${folder} is open to others (mode ${(stats.mode & 0o777).toString(8)})`;
  return undefined;
}

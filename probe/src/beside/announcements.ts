/** Finds the agent of a process by the file it announces itself with; see @nops/core/protocol/announcement and DESIGN "Targets". */

import { basename, dirname, isAbsolute, join } from 'node:path';
import {
  type Announcement,
  announcementFolders,
  announcementName,
  parseAnnouncement,
  parseAnnouncementName,
} from '@nops/core/protocol/announcement';
import type { Identity } from './identity.js';
import { rootPrefix } from './namespaces.js';
import { isOwnedSocket, isPrivateFolder, readOwnedFile } from './safe-files.js';
import { parseUnixTable, readTable } from './socket-tables.js';

export interface FoundAnnouncement {
  announcement: Announcement;
  /** The socket's path as it is reached from here: through /proc/PID/root when the process has other files than we. */
  socketPath: string;
}

/** What of a process must be known to find its agent. */
export type AnnouncedProcess = Pick<Identity, 'pid' | 'nsPid' | 'startTime' | 'uid'>;

/** An announcement is some 200 bytes. */
const maxAnnouncementBytes = 64 << 10;

/**
 * The announcement of the agent in this process, from the first place that has one: `extraFolder` (the caller's NOPS_DIR), the folders
 * of the *target's* user, the same as the target sees them, and the folder of a socket it listens on. A folder or file that somebody
 * else could have made is ignored, and so is one for another process or without its socket. null when there is none.
 */
export function findAnnouncement(target: AnnouncedProcess, extraFolder?: string): FoundAnnouncement | null {
  const usual = announcementFolders(target.uid);
  const root = rootPrefix(target.pid);
  const here = extraFolder === undefined ? usual : [extraFolder, ...usual];
  for (const folder of here) {
    const found = lookIn(folder, '', target);
    if (found !== undefined) return found;
  }
  for (const folder of root === '' ? [] : usual) {
    const found = lookIn(folder, root, target);
    if (found !== undefined) return found;
  }
  return findBySocket(target, root);
}

/** An agent with a NOPS_DIR of its own: the kernel's table tells where its socket is. */
function findBySocket(target: AnnouncedProcess, root: string): FoundAnnouncement | null {
  const { text } = readTable(target.pid, 'unix');
  const name = announcementName(target.nsPid, target.startTime);
  if (!text.includes(name)) return null;
  for (const { path, listening } of parseUnixTable(text)) {
    if (!listening || !isAbsolute(path) || !names(basename(path), target)) continue;
    const found = lookIn(dirname(path), root, target);
    if (found !== undefined) return found;
  }
  return null;
}

function names(fileName: string, target: AnnouncedProcess): boolean {
  const parsed = parseAnnouncementName(fileName);
  return parsed !== undefined && parsed.pid === target.nsPid && parsed.startTime === target.startTime;
}

function lookIn(folder: string, root: string, target: AnnouncedProcess): FoundAnnouncement | undefined {
  const { uid, nsPid, startTime } = target;
  if (!isPrivateFolder(folder, uid, root)) return undefined;
  const file = `${root}${folder}/${announcementName(nsPid, startTime)}.json`;
  const announcement = parseAnnouncement(readOwnedFile(file, uid, maxAnnouncementBytes) ?? '');
  if (announcement === undefined || announcement.pid !== nsPid || announcement.startTime !== startTime)
    return undefined;
  // Beside the file, wherever the agent says the folder is: it may know it by another name, and elsewhere could be anybody's.
  const socketPath = join(root + folder, basename(announcement.socketPath));
  if (!names(basename(socketPath), target) || !isOwnedSocket(socketPath, uid)) return undefined;
  return { announcement, socketPath };
}

export { removeStale } from './stale-announcements.js';

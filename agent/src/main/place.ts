/** Where the agent's socket goes, and which process it belongs to. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { announcementFolders, announcementName, maxSocketPathBytes } from '@nops/core/protocol/announcement';
import { preparePrivateFolder } from './private-folder.js';

export interface Place {
  folder: string;
  socketPath: string;
  startTime: string;
}

/** The given folder, or the first of the usual ones that can be used; it is there then. Throws an Error that says why none can. */
export function choosePlace(folder: string | undefined): Place {
  const startTime = kernelStartTime();
  const refused: string[] = [];
  for (const candidate of folder === undefined ? usualFolders() : [folder]) {
    try {
      const socketPath = socketIn(candidate, startTime);
      preparePrivateFolder(candidate);
      return { folder: candidate, socketPath, startTime };
    } catch (error) {
      refused.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    refused.length > 0 ? refused.join('; ') : 'there is no folder for its socket: choose one by NOPS_DIR',
  );
}

/** Only where what they lie in is there: the user's runtime folder is on systems with logind, and gone with the last session. */
function usualFolders(): string[] {
  return announcementFolders(process.getuid?.() ?? 0).filter(folder => existsSync(dirname(folder)));
}

/** Throws an Error when the socket's path is too long: libuv would cut it and listen somewhere else. */
function socketIn(folder: string, startTime: string): string {
  const socketPath = join(folder, `${announcementName(process.pid, startTime)}.sock`);
  const bytes = Buffer.byteLength(socketPath);
  if (bytes > maxSocketPathBytes) {
    throw new Error(
      `the socket's path has ${bytes} bytes, and the kernel takes ${maxSocketPathBytes} at most: ${socketPath}. Choose a shorter NOPS_DIR.`,
    );
  }
  return socketPath;
}

/** Field 22 of /proc/self/stat (proc_pid_stat(5)); elsewhere than on Linux the start in milliseconds, which is as unique. */
function kernelStartTime(): string {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return String(Math.round(Date.now() - process.uptime() * 1000));
  }
}

/** Where the agent's socket goes, and which process it belongs to. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { announcementFolders, announcementName, maxSocketPathBytes } from '@nops/core/protocol/announcement';

export interface Place {
  folder: string;
  socketPath: string;
  startTime: string;
}

/** Throws an Error when the socket's path is too long: libuv would cut it and listen somewhere else. */
export function choosePlace(folder: string | undefined): Place {
  const startTime = kernelStartTime();
  const chosen = folder ?? defaultFolder();
  const socketPath = join(chosen, `${announcementName(process.pid, startTime)}.sock`);
  const bytes = Buffer.byteLength(socketPath);
  if (bytes > maxSocketPathBytes) {
    throw new Error(
      `the socket's path has ${bytes} bytes, and the kernel takes ${maxSocketPathBytes} at most: ${socketPath}. Choose a shorter NOPS_DIR.`,
    );
  }
  return { folder: chosen, socketPath, startTime };
}

/** The user's runtime folder is there on systems with logind, and gone with the last session; else a folder in /tmp. */
function defaultFolder(): string {
  const [runtime = '', temporary = ''] = announcementFolders(process.getuid?.() ?? 0);
  return existsSync(join(runtime, '..')) ? runtime : temporary;
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

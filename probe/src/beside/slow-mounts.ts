/**
 * Which descriptors lie on a file system whose server may not answer (NFS, FUSE, ...): a stat of those can hang for good, and a
 * process stuck on one is just what somebody comes to look at. Told from /proc/PID/mountinfo and /proc/PID/fdinfo, which never ask
 * the server: proc_pid_mountinfo(5), proc_pid_fdinfo(5).
 */

import { constants } from 'node:fs';
import { decodeEscapes } from './mounts.js';
import { tryReadText } from './procfs.js';

export interface SlowMounts {
  /** True when descriptor `fd` lies on such a mount. */
  holds(fd: number): boolean;
  /** True when descriptor `fd` was opened as a folder. */
  isDirectory(fd: number): boolean;
}

const served = /^(?:nfs4?|cifs|smb3|fuse.*|9p|ceph|afs|lustre|glusterfs|gpfs)$/;

/** The mounts of `pid` that depend on a server. Costs one read, and one more for each descriptor asked about when there are any. */
export function slowMounts(pid: number): SlowMounts {
  const ids = slowMountIds(tryReadText(pid, 'mountinfo') ?? '');
  const infoOf = (fd: number): string => tryReadText(pid, `fdinfo/${fd}`) ?? '';
  return {
    holds: fd => ids.size > 0 && ids.has(/^mnt_id:\s*(\d+)$/m.exec(infoOf(fd))?.[1] ?? ''),
    isDirectory: fd => {
      const flags = Number.parseInt(/^flags:\s*(\d+)$/m.exec(infoOf(fd))?.[1] ?? '0', 8);
      return (flags & constants.O_DIRECTORY) !== 0;
    },
  };
}

/** Ids of mounts that depend on a server: `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - nfs4 server:/export rw`. */
export function slowMountIds(mountinfo: string): Set<string> {
  const ids = new Set<string>();
  for (const line of mountinfo.split('\n')) {
    const type = line.slice(line.indexOf(' - ') + 3).split(' ')[0] ?? '';
    const id = line.split(' ', 1)[0];
    if (id !== undefined && served.test(type)) ids.add(id);
  }
  return ids;
}

/**
 * True when the file at `path`, as `pid` sees it, lies on such a mount: the longest mount point that holds it decides. A link in the path
 * is not followed.
 */
export function isOnSlowMount(pid: number, path: string): boolean {
  let longest = '';
  let slow = false;
  for (const line of (tryReadText(pid, 'mountinfo') ?? '').split('\n')) {
    const point = decodeEscapes(line.split(' ', 5)[4] ?? '');
    if (point.length < longest.length || point === '' || !isWithin(path, point)) continue;
    longest = point;
    slow = slowMountIds(line).size > 0; // of two mounts on one point the later hides the earlier
  }
  return slow;
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

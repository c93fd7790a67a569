/**
 * Which files lie on a file system whose server may not answer (NFS, FUSE, ...): a stat of those can hang for good, and a
 * process stuck on one is just what somebody comes to look at. Told from /proc/PID/mountinfo and /proc/PID/fdinfo, which never ask
 * the server: proc_pid_mountinfo(5), proc_pid_fdinfo(5). The ids of mounts are unique on the machine, whoever sees them.
 */

import { closeSync, constants, openSync, readFileSync, readlinkSync } from 'node:fs';
import { O_PATH } from './connect-socket.js';
import { orUndefined, readProcFile, tryReadText } from './procfs.js';

export interface SlowMounts {
  /** True when descriptor `fd` lies on such a mount. */
  holds(fd: number): boolean;
  /** True when descriptor `fd` was opened as a folder. */
  isDirectory(fd: number): boolean;
}

/** autofs: who goes on from there waits for what is mounted then. */
const served =
  /^(?:nfs4?|cifs|smb3|smbfs|fuse.*|9p|ceph|afs|coda|lustre|glusterfs|gpfs|orangefs|pvfs2|beegfs|davfs|autofs)$/;

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
  for (const [id, type] of typesById(mountinfo)) if (served.test(type)) ids.add(id);
  return ids;
}

function typesById(mountinfo: string): Map<string, string> {
  const types = new Map<string, string>();
  for (const line of mountinfo.split('\n')) {
    const [id] = line.split(' ', 1);
    if (id !== undefined && id !== '') types.set(id, line.slice(line.indexOf(' - ') + 3).split(' ', 1)[0] ?? '');
  }
  return types;
}

/** Which of our own descriptors, of paths that another process knows, lie where a look could hang. */
export interface SeenMounts {
  /** Without a look where none of the mounts depends on a server. */
  mayHang(descriptor: number): boolean;
  /** The same by the descriptor itself: for one that was reached by a link that no mount is in the way of. */
  surelyMayHang(descriptor: number): boolean;
}

/** A container host has thousands of mounts. Whoever mounts something in between can make us wait, until Ctrl-C. */
const keptMs = 1000;
const maxKept = 64;
const kept = new Map<string, { readAt: number; types: Map<string, string>; isAnySlow: boolean }>();

/** `folder` of the process that knows the paths: `/proc/PID`, or `/proc/self`. */
export function mountsSeenBy(folder: string): SeenMounts {
  const surelyMayHang = (descriptor: number): boolean => {
    const id = mountOf(descriptor);
    // One that is in no list was made just now, is above the root of the process (chroot), or is hidden on purpose.
    const type =
      typeIn(own, id, keptMs) ??
      typeIn(folder, id, keptMs) ??
      typeIn(own, id, 0) ??
      typeIn(folder, id, 0) ??
      typeOfExecutables(folder, id);
    return type === undefined || (served.test(type) && !isOurs(id));
  };
  return {
    surelyMayHang,
    mayHang: descriptor => listOf(folder, keptMs).isAnySlow && surelyMayHang(descriptor),
  };
}

const own = '/proc/self';

function typeIn(folder: string, id: string | undefined, mostMs: number): string | undefined {
  return id === undefined ? undefined : listOf(folder, mostMs).types.get(id);
}

/**
 * The type of the mount that the executable of the process lies on, where that is `id`: the device of its mapping tells (proc_pid_maps(5)), if
 * we have the same device mounted. undefined for another mount. No file system is asked.
 */
function typeOfExecutables(folder: string, id: string | undefined): string | undefined {
  if (id === undefined || mountOfPath(`${folder}/exe`, O_PATH) !== id) return undefined;
  const path = orUndefined(() => readlinkSync(`${folder}/exe`));
  const maps = orUndefined(() => readProcFile(`${folder}/maps`)) ?? '';
  const mapped = maps.split('\n').find(line => path !== undefined && line.endsWith(` ${path}`));
  // `00400000-0047a000 r-xp 00000000 fe:00 1234  /path`: hexadecimal, where mountinfo has decimal numbers.
  const device = mapped
    ?.split(' ')[3]
    ?.split(':')
    .map(part => Number.parseInt(part, 16))
    .join(':');
  const mounts = (orUndefined(() => readProcFile(`${own}/mountinfo`)) ?? '').split('\n');
  const mount = mounts.find(line => device !== undefined && line.split(' ', 3)[2] === device);
  return mount?.slice(mount.indexOf(' - ') + 3).split(' ', 1)[0];
}

function listOf(folder: string, mostMs: number) {
  const now = performance.now();
  const known = kept.get(folder);
  if (known !== undefined && now - known.readAt <= mostMs) return known;
  const text = orUndefined(() => readProcFile(`${folder}/mountinfo`));
  const types = typesById(text ?? '');
  // A list that can't be read has every mount in it that there may be.
  const isAnySlow = text === undefined || [...types.values()].some(type => served.test(type));
  const list = { readAt: now, types, isAnySlow };
  kept.delete(folder);
  if (kept.size >= maxKept) kept.clear();
  kept.set(folder, list);
  return list;
}

function mountOf(descriptor: number): string | undefined {
  const info = orUndefined(() => readFileSync(`${own}/fdinfo/${descriptor}`, 'latin1'));
  return /^mnt_id:\s*(\d+)$/m.exec(info ?? '')?.[1];
}

/** What we run from, and in, may be anywhere: if that hung, so would we. */
let ours: Set<string> | undefined;

function isOurs(id: string | undefined): boolean {
  ours ??= new Set(['/', '.', process.execPath, process.argv[1] ?? '/'].flatMap(path => mountOfPath(path) ?? []));
  return id !== undefined && ours.has(id);
}

function mountOfPath(path: string, flags = constants.O_RDONLY | constants.O_NONBLOCK): string | undefined {
  const descriptor = orUndefined(() => openSync(path, flags));
  if (descriptor === undefined) return undefined;
  try {
    return mountOf(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

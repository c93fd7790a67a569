/** Where the kernel's control groups are mounted: lines of /proc/self/mountinfo, proc_pid_mountinfo(5). */

import { readFileSync } from 'node:fs';
import { orUndefined } from './procfs.js';

export interface CgroupMount {
  version: 1 | 2;
  /** The group that the mount shows as its top: a container's own may be all it sees. */
  root: string;
  path: string;
  /** Controllers of version 1; empty for version 2. */
  controllers: string[];
}

/** The control group file systems that we can see; empty when there are none. */
export function cgroupMounts(): CgroupMount[] {
  return parseCgroupMounts(orUndefined(() => readFileSync('/proc/self/mountinfo', 'utf8')) ?? '');
}

/**
 *   36 35 0:30 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
 *         root  path                                       type          options
 */
export function parseCgroupMounts(text: string): CgroupMount[] {
  return text.split('\n').flatMap(line => {
    const [left = '', right = ''] = line.split(' - ');
    const [type, , options = ''] = right.split(' ');
    const [, , , root = '/', path = ''] = left.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    const version = type === 'cgroup2' ? 2 : 1;
    return [
      { version, root, path: decodeEscapes(path), controllers: version === 2 ? [] : options.split(',') } as const,
    ];
  });
}

/** Spaces and the like are written as three octal digits. */
function decodeEscapes(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

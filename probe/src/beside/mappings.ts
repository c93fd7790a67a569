/** The mappings of a process: /proc/PID/maps, proc_pid_maps(5). Addresses are below 2^47 on x86-64, so a number holds them exactly. */

import { rootPrefix } from './namespaces.js';
import { lookAtForeign } from './open-foreign.js';
import { readText } from './procfs.js';

export interface Mapping {
  start: number;
  /** The first address after it. */
  end: number;
  /** `rwxp`, with `-` for what is not allowed. */
  mode: string;
  /** Where it begins in the file, in bytes. */
  offset: number;
  /** 0: of no file. */
  inode: number;
  /** As the process sees it, also `[heap]` and the like; empty: anonymous. */
  path: string;
}

/** All mappings of `pid`, ascending. Throws like `readText`. */
export function readMappings(pid: number): Mapping[] {
  return readText(pid, 'maps')
    .split('\n')
    .flatMap(line => parseLine(line) ?? []);
}

/** The mapping that holds `address`; undefined when none does. `mappings` ascend. */
export function findMapping(mappings: readonly Mapping[], address: number): Mapping | undefined {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((mappings[middle]?.end ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  const found = mappings[low];
  return found !== undefined && found.start <= address ? found : undefined;
}

/** The path without the kernel's mark for a file that was replaced while it is mapped. */
export function filePath(mapping: Mapping): string {
  return mapping.path.replace(/ \(deleted\)$/, '');
}

/**
 * A path from here to a file that `pid` has mapped as `path`. The kernel tells the path from our root when the file is below it (a process
 * in a chroot), else from the process's own (a container): both are tried. Whoever opens it checks that it is the same file.
 */
export function reachablePath(pid: number, path: string): string {
  const throughRoot = `${rootPrefix(pid)}${path}`;
  const isThere = (where: string) => lookAtForeign(where) !== undefined;
  return !isThere(throughRoot) && isThere(path) ? path : throughRoot;
}

/** `7f2a4c000000-7f2a4c800000 rw-p 00000000 00:00 0                 /usr/bin/node`. */
function parseLine(line: string): Mapping | undefined {
  const match = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ (\d+)(?: (.*))?$/.exec(line);
  if (match === null) return undefined;
  const [, start = '', end = '', mode = '', offset = '', inode = '', path = ''] = match;
  return {
    start: Number.parseInt(start, 16),
    end: Number.parseInt(end, 16),
    mode,
    offset: Number.parseInt(offset, 16),
    inode: Number(inode),
    path: path.trimStart(),
  };
}

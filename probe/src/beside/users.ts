/** Names of users from /etc/passwd: passwd(5). Users that only a directory service knows stay numbers. */

import { readFileSync, statSync } from 'node:fs';
import { orUndefined } from './procfs.js';

let cache: { mtimeMs: number; names: Map<number, string> } | undefined;

/** The login name of `uid`; null when /etc/passwd of this machine has none. */
export function userName(uid: number): string | null {
  const mtimeMs = orUndefined(() => statSync('/etc/passwd').mtimeMs) ?? 0;
  if (cache?.mtimeMs !== mtimeMs) {
    cache = { mtimeMs, names: parsePasswd(orUndefined(() => readFileSync('/etc/passwd', 'utf8')) ?? '') };
  }
  return cache.names.get(uid) ?? null;
}

/** Names by uid; the first wins, as in getpwuid(3). `name:password:uid:gid:comment:home:shell` */
export function parsePasswd(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name === undefined || name === '' || uid === undefined || !/^\d+$/.test(uid)) continue;
    if (!names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}

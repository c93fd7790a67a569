/**
 * Who else could connect to an inspector: it listens on loopback, where every process of the network namespace may connect, and whoever
 * does runs code as the target. So before it is opened we look who is there.
 */

import { readFileSync } from 'node:fs';
import { NopsError } from '@nops/core/protocol/errors';
import { sharesNamespace } from '../beside/namespaces.js';
import { listPids, orUndefined, readStat, readStatus, tryReadLink } from '../beside/procfs.js';
import { userName } from '../beside/users.js';

export interface Stranger {
  pid: number;
  uid: number;
  /** The thread's name, as its process chose it. */
  comm: string;
}

export interface Strangers {
  /** One process for each user that a person or a service of theirs may be: uid ≥ UID_MIN. */
  people: Stranger[];
  /** One for each system account, such as postgres or www-data. */
  accounts: Stranger[];
}

/** login.defs(5) of distributions; a user's first number where the file says nothing. */
const usualUidMin = 1000;
/** Users that are named in a message. */
const maxNamed = 5;

/** The users that `pid` and nops do not run as, and who have a process in the network namespace of `pid`. Root is no stranger: it may do anything. */
function findStrangers(pid: number): Strangers {
  const friends = new Set([0, process.geteuid?.() ?? 0, ...uidsOf(pid)]);
  const uidMin = readUidMin();
  const seen = new Map<number, Stranger>();
  for (const other of listPids()) {
    const uids = orUndefined(() => uidsOf(other)) ?? [];
    const uid = uids.find(found => !friends.has(found) && !seen.has(found));
    if (uid === undefined || !sharesNetwork(pid, other)) continue;
    const stat = orUndefined(() => readStat(other));
    if (stat === undefined || /[ZX]/.test(stat.state)) continue;
    seen.set(uid, { pid: other, uid, comm: stat.comm });
  }
  const all = [...seen.values()].sort((a, b) => a.uid - b.uid);
  return { people: all.filter(({ uid }) => uid >= uidMin), accounts: all.filter(({ uid }) => uid < uidMin) };
}

/** Real, effective, saved and file system uid: a process can act as each of them. As our user namespace sees them. */
function uidsOf(pid: number): number[] {
  const { real, effective, saved, fileSystem } = readStatus(pid).uid;
  return [...new Set([real, effective, saved, fileSystem])];
}

/** Unknown, as for another user's process when we are not root, is taken for yes. */
function sharesNetwork(pid: number, other: number): boolean {
  const [one, two] = [tryReadLink(pid, 'ns/net'), tryReadLink(other, 'ns/net')];
  if (one !== undefined && two !== undefined) return one === two;
  return sharesNamespace(other, 'net') !== false;
}

function readUidMin(): number {
  const text = orUndefined(() => readFileSync('/etc/login.defs', 'utf8')) ?? '';
  for (const line of text.split('\n')) {
    const [name, value = ''] = line.trim().split(/\s+/, 2);
    if (name === 'UID_MIN' && /^\d{1,10}$/.test(value)) return Number(value);
  }
  return usualUidMin;
}

/** Throws `no-permission` while other people's processes share the network of `pid`, unless `sharedHost`. Returns what to tell before. */
export function checkStrangers(pid: number, sharedHost: boolean): string[] {
  const { people, accounts } = findStrangers(pid);
  if (people.length > 0 && !sharedHost) {
    throw new NopsError(
      'no-permission',
      `another user could connect to the inspector of process ${pid} while it opens, and run code as its user: ${nameAll(people)}; no signal was sent`,
      '--shared-host   opens it all the same, for a few milliseconds, and says when somebody connected. Without an inspector: nops stack, async, top, sockets and fds; or start the process with the agent: node --import @nops/agent/register',
    );
  }
  const others = [...people, ...accounts];
  if (others.length === 0) return [];
  return [
    `other users share the network of process ${pid} (${nameAll(others)}); its inspector opens for a few milliseconds, and nops watches who connects`,
  ];
}

function nameAll(strangers: readonly Stranger[]): string {
  const named = strangers.slice(0, maxNamed).map(describeStranger);
  const left = strangers.length - named.length;
  return `${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

/** `uid 33 (www-data), such as process 812 (nginx)`. */
function describeStranger({ pid, uid, comm }: Stranger): string {
  return `${describeUid(uid)}, such as process ${pid} (${comm})`;
}

/** `uid 33 (www-data)`. */
export function describeUid(uid: number): string {
  const name = userName(uid);
  return `uid ${uid}${name === null ? '' : ` (${name})`}`;
}

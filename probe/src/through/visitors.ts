/** What it means that somebody else connected to an inspector while it was open. */

import { NopsError } from '@nops/core/protocol/errors';
import { findHolders } from '../beside/fd-holders.js';
import { orUndefined, readStat, readStatus } from '../beside/procfs.js';
import type { Visitor } from './port-watch.js';
import { describeUid } from './strangers.js';

/** Users who may do with the target what they like anyway: root, nops's own, the target's. */
export function friendsOf(pid: number): ReadonlySet<number> {
  const { real, effective } = readStatus(pid).uid;
  return new Set([0, process.geteuid?.() ?? 0, real, effective]);
}

/** Whether one is another user, or can't be said to be none: whoever connects can run code in the process. */
export function isIntruder(visitor: Visitor, friends: ReadonlySet<number>): boolean {
  return visitor.uid === null || !friends.has(visitor.uid);
}

/** The error to end everything with. */
export function intrusion(pid: number, intruders: readonly Visitor[]): NopsError {
  return new NopsError(
    'no-permission',
    `another process connected to the inspector while it was open: treat process ${pid} as compromised. It was ${intruders.map(describe).join('; ')}. The inspector was closed at once`,
    'Whoever connects can run code as the user of the process: restart it, and find out who connects to that port. nops stack, async, top and sockets need no inspector.',
  );
}

/** What to tell of visitors who are no intruders, such as a browser of one's own that looks for debuggers. */
export function friendlyNote(pid: number, friendly: readonly Visitor[]): string | undefined {
  if (friendly.length === 0) return undefined;
  return `a process of ${[...new Set(friendly.map(who))].join(', ')} connected to the inspector of process ${pid} too, such as a browser that looks for debuggers`;
}

function who({ uid }: Visitor): string {
  return uid === null ? 'an unknown user' : describeUid(uid);
}

function describe(visitor: Visitor): string {
  const holder = visitor.inode === 0 ? undefined : findHolders([{ link: `socket:[${visitor.inode}]` }]).holders[0]?.[0];
  const comm = holder === undefined ? undefined : orUndefined(() => readStat(holder.pid).comm);
  const process = holder === undefined ? '' : `process ${holder.pid}${comm === undefined ? '' : ` (${comm})`} of `;
  return `${process}${who(visitor)}, from port ${visitor.clientPort}`;
}

/** The members of a process's family as targets: for `--tree`. */

import { NopsError } from '@nops/core/protocol/errors';
import type { FamilyMember } from '@nops/core/protocol/family-results';
import { readFamily } from '@nops/probe/beside/family';
import type { Context } from '../context.js';
import type { Found } from '../target/found.js';

/** Each keeps a socket and a measurement. */
const maxMembers = 64;

/** Throws `usage` for a target that is no process of this machine, `impossible` when there are too many. */
export function familyOf({ environment: { folder } }: Context, { process: identity }: Found): FamilyMember[] {
  if (identity === undefined) {
    throw new NopsError('usage', '--tree needs a process of this machine', 'Run nops where the process runs.');
  }
  const members = readFamily(identity.pid, folder === undefined ? {} : { announcementFolder: folder });
  if (members.length <= maxMembers) return members;
  throw new NopsError(
    'impossible',
    `process ${identity.pid} and what it started are ${members.length} processes; ${maxMembers} are asked at most`,
    `nops tree ${identity.pid}   shows them: name one further down`,
  );
}

/** `process 4250 (worker 2): …`, for each whose outcome is a refusal. */
export function refusalNotes(members: readonly FamilyMember[], outcomes: readonly unknown[]): string[] {
  return members.flatMap(({ pid, worker }, index) => {
    const outcome = outcomes[index];
    if (!(outcome instanceof NopsError)) return [];
    return [`process ${pid}${worker === null ? '' : ` (${worker})`}: ${outcome.message}`];
  });
}

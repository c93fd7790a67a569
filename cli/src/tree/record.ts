/** One profile of a process and all that it started, recorded at the same time. */

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import { addLabels } from '@nops/core/profile/labels';
import { merge } from '@nops/core/profile/merge';
import type { Profile } from '@nops/core/profile/model';
import { NopsError } from '@nops/core/protocol/errors';
import type { FamilyMember } from '@nops/core/protocol/family-results';
import { readIdentity } from '@nops/probe/beside/identity';
import { askAll } from '../ask-all.js';
import type { Context } from '../context.js';
import { decodeAny } from '../record/profile-file.js';
import { profileKinds, type RecordedOne, recordOne, type WantedProfile } from '../record/record-one.js';
import { agentOf } from '../target/agent-of.js';
import { Found } from '../target/found.js';
import { familyOf, refusalNotes } from './family.js';

interface RecordedFamily extends RecordedOne {
  processes: FamilyMember[];
  notes: string[];
}

/** Throws the root's refusal when none can be recorded. */
export async function recordFamily(context: Context, root: Found, wanted: WantedProfile): Promise<RecordedFamily> {
  if (wanted.params?.['format'] !== undefined) {
    throw new NopsError(
      'usage',
      '--tree merges profiles in the pprof format only',
      'Leave out what needs another format.',
    );
  }
  const members = familyOf(context, root);
  const { what } = profileKinds[wanted.kind];
  // First agents for all, which takes turns; then they record the same time.
  const found = await askAll(members, context, member => prepare(context, root, member, what));
  const outcomes = await askAll(found, context, async (one, given) => {
    if (one instanceof NopsError) throw one;
    return recordOne(given, one, wanted);
  });
  const recorded = outcomes.flatMap((outcome, index) => {
    const member = members[index];
    return member === undefined || outcome instanceof NopsError ? [] : [{ member, outcome }];
  });
  const notes = refusalNotes(members, outcomes);
  const [one] = recorded;
  if (one === undefined) throw outcomes[0] ?? new Error('a family without a root');
  const profiles = await Promise.all(
    recorded.map(async ({ member, outcome }) => labelled(await decodeAny(outcome.bytes), member)),
  );
  // They ran at the same time; Go's merge takes them for one after the other.
  const durationNanos = Math.max(...profiles.map(profile => profile.durationNanos));
  const bytes = await promisify(gzip)(encodeProfile({ ...merge(profiles), durationNanos }));
  const info = { ...one.outcome.info, pid: members[0]?.pid ?? one.outcome.info.pid };
  const isCutShort = recorded.some(({ outcome }) => outcome.isCutShort);
  return { info, bytes, isCutShort, processes: recorded.map(({ member }) => member), notes };
}

async function prepare(context: Context, root: Found, { pid }: FamilyMember, what: string): Promise<Found> {
  if (pid === root.process?.pid) {
    await root.requireAgent(what);
    return root;
  }
  const identity = readIdentity(pid);
  const found = new Found(context, identity, () => agentOf(context, identity));
  await found.requireAgent(what);
  return found;
}

/** The pid is a number, as `-tagfocus pid=4242` wants it. */
function labelled(profile: Profile, { pid, worker }: FamilyMember): Profile {
  const label = { key: 'pid', number: BigInt(pid), unit: '' };
  return addLabels(profile, worker === null ? [label] : [label, { key: 'worker', text: worker }]);
}

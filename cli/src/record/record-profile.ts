/** Records a profile through the agent, of a process or of all that it started too: for `cpu`, `heap`, `ui` and `pprof`. */

import type { FamilyMember } from '@nops/core/protocol/family-results';
import type { Context } from '../context.js';
import type { Found } from '../target/found.js';
import { type RecordedOne, recordOne, type WantedProfile } from './record-one.js';

export interface Wanted extends WantedProfile {
  /** Also of the Node processes that it started: one profile, with the label `pid` in each sample, and `worker` where that is known. */
  tree?: boolean;
}

export interface Recorded extends RecordedOne {
  /** With `tree`: whose samples are in it. */
  processes?: FamilyMember[];
  /** With `tree`: who could not be recorded, and why. */
  notes: string[];
}

/** Throws what `requireAgent` throws, `no-answer`, or what the agent refuses with. */
export async function recordProfile(context: Context, target: Found, wanted: Wanted): Promise<Recorded> {
  if (wanted.tree !== true) return { ...(await recordOne(context, target, wanted)), notes: [] };
  return (await import('../tree/record.js')).recordFamily(context, target, wanted);
}

/** Profiles that the main thread keeps as counted stacks: workers created, and the app's own. */

import { fromStacks } from '@nops/core/profile/formats/from-stacks';
import { countText } from '@nops/core/profile/formats/to-go-text';
import type { Profile } from '@nops/core/profile/model';
import { NopsError } from '@nops/core/protocol/errors';
import type { Asked, Context, Reply } from '../context.js';
import { explainNoAnswer } from '../main-thread/stuck.js';
import { showLooks } from './delta.js';
import { viewOf } from './profile-view.js';

const callMs = 2000;

/** Throws `no-target` when there is none of this name. */
export async function countedProfile(name: string, asked: Asked, context: Context, comments: string[]): Promise<Reply> {
  const view = await viewOf(asked);
  const look = async (): Promise<Profile> => {
    const { profile } = await context.main.call('countedStacks', name, callMs);
    if (profile === null) throw new NopsError('no-target', 'Unknown profile');
    const { types, stacks, leftOut } = profile;
    const lost = leftOut === 0 ? [] : [`${leftOut} were left out: too many at once`];
    return fromStacks(stacks, { types, timeMs: Date.now(), comments: [...comments, ...lost] });
  };
  try {
    return await showLooks(look, { view, name, text: p => countText(p, name) }, asked.signal);
  } catch (error) {
    throw explainNoAnswer(error, context);
  }
}

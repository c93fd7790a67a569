/** `/debug/pprof/goroutine`: the suspended async functions, as Go's goroutines: a profile, counted as text, or one by one. */

import { goroutineDump } from '@nops/core/async/to-go-text';
import { fromStacks } from '@nops/core/profile/formats/from-stacks';
import { countText } from '@nops/core/profile/formats/to-go-text';
import type { Profile } from '@nops/core/profile/model';
import { asyncBounds } from '@nops/probe/beside/async/read-async';
import type { Handler } from '../context.js';
import { readOwnAsync } from '../own-async.js';
import { showLooks } from '../profiles/delta.js';
import { viewOf } from '../profiles/profile-view.js';

const options = { betweenMs: asyncBounds.betweenMs.min, why: 0, live: false, values: false, all: true };

export const goroutine: Handler = async asked => {
  const view = await viewOf(asked);
  const { signal } = asked;
  if (view.debug === 2) {
    const { groups } = await readOwnAsync({ ...options, why: asyncBounds.why.max, signal });
    return { type: 'text', text: goroutineDump(groups) };
  }
  const look = async (): Promise<Profile> => {
    const { groups, notes } = await readOwnAsync({ ...options, signal });
    const stacks = groups.map(({ frames, count }) => ({ frames, values: [count] }));
    const comments = ['suspended async functions, innermost first, each with the place of its await', ...notes];
    return fromStacks(stacks, { types: ['goroutine'], timeMs: Date.now(), comments });
  };
  const name = 'goroutine';
  return showLooks(look, { view, name, text: profile => countText(profile, name) }, signal);
};

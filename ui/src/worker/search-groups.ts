/** Which functions an expression finds: run in the worker, where it can be given up, or on the page when it surely is quick. */

import { compileSearch, findGroups } from '@nops/core/profile/flame/search';
import type { Found, Groups } from './messages.js';

/** Names with their places, made when they are first searched. */
const texts = new WeakMap<Groups, string[]>();

/** Throws a SyntaxError that says what is wrong. */
export function searchGroups(known: Groups, totals: Float64Array, text: string): Omit<Found, 'matches'> {
  let own = texts.get(known);
  if (own === undefined) {
    own = known.names.map((name, g) => `${name} ${known.places[g] ?? ''}`);
    texts.set(known, own);
  }
  const groups = findGroups(known.names, own, compileSearch(text));
  let functions = 0;
  for (let g = 0; g < groups.length; g++) if (groups[g] === 1 && (totals[g] ?? 0) > 0) functions++;
  return { groups, functions };
}

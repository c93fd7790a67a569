/** Go's Compact: without locations, functions, mappings and labels that no sample refers to; equal samples become one. */

import { merge } from './merge.js';
import type { Profile } from './model.js';

export function compact(profile: Profile): Profile {
  return merge([profile]);
}

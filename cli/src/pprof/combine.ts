/** Several profiles as one, and a base taken from it: what Go's pprof does with its sources before it reports. */

import { commonUnits, compatibilizeSampleTypes } from '@nops/core/profile/compatibilize';
import { setLabel } from '@nops/core/profile/labels';
import { merge } from '@nops/core/profile/merge';
import type { Profile } from '@nops/core/profile/model';
import { normalize } from '@nops/core/profile/normalize';
import { removeUninteresting } from '@nops/core/profile/prune';
import { baseLabel } from '@nops/core/profile/report/prepare';
import { scale } from '@nops/core/profile/scale';

export interface Base {
  profiles: readonly Profile[];
  /** Percentages are of the base. */
  isDiff: boolean;
  normalize: boolean;
}

export function combine(profiles: readonly Profile[], base: Base | undefined): Profile {
  const whole = mergeAll(profiles);
  if (base === undefined) return removeUninteresting(whole);
  const own = mergeAll(base.profiles);
  const labelled = base.isDiff ? setLabel(own, baseLabel.key, [baseLabel.text]) : own;
  const scaled = base.normalize ? normalize(whole, labelled) : whole;
  return removeUninteresting(mergeAll([scaled, scale(labelled, -1)]));
}

/** A profile alone stays as it was recorded. */
function mergeAll(profiles: readonly Profile[]): Profile {
  const mapped = profiles.map(withMapping);
  const [first] = mapped;
  if (first !== undefined && mapped.length === 1) return first;
  return merge(commonUnits(compatibilizeSampleTypes(mapped)));
}

/** Where all is in no mapping, all is in one of which nothing is known: filters match its empty name. */
function withMapping(profile: Profile): Profile {
  if (profile.mappings.length > 0) return profile;
  const unknown = { start: 0n, limit: 0n, offset: 0n, file: '', buildId: '' };
  const has = { hasFunctions: false, hasFilenames: false, hasLineNumbers: false, hasInlineFrames: false };
  const locationMappings = new Uint32Array(profile.locationMappings.length).fill(1);
  return { ...profile, mappings: [{ ...unknown, ...has }], locationMappings };
}

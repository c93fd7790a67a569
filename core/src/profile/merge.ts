/**
 * Go's Merge: several profiles as one, with what is equal in them stored once and nothing in it that no sample refers to. Samples with
 * the same stack and labels become one whose values are the sums.
 */

import { NopsError } from '../protocol/errors.js';
import { assertCompatible } from './compatible.js';
import { SampleMerger } from './merge-samples.js';
import { TableMerger } from './merge-tables.js';
import { type Profile, sampleCount } from './model.js';

/**
 * Profiles must have the same sample types and period type. Duration is the sum, the period the longest, the time the earliest that is
 * known: Go's takes a later 0 for the earliest.
 */
export function merge(profiles: readonly Profile[]): Profile {
  const [first] = profiles;
  if (first === undefined) throw new NopsError('usage', 'no profiles to merge');
  for (const profile of profiles) assertCompatible(first, profile);
  const tables = new TableMerger();
  const samples = new SampleMerger();
  for (const profile of profiles) samples.add(profile, tables.adopt(profile));
  const merged: Profile = { ...first, ...head(profiles), ...samples.columns(), ...tables.columns() };
  return dropZeros(merged);
}

function head(profiles: readonly Profile[]): Partial<Profile> {
  const times = profiles.map(p => p.timeNanos).filter(time => time !== 0n);
  return {
    timeNanos: times.toSorted((a, b) => (a < b ? -1 : 1))[0] ?? 0n,
    durationNanos: profiles.reduce((sum, p) => sum + p.durationNanos, 0),
    period: profiles.reduce((longest, p) => (longest === 0 || p.period > longest ? p.period : longest), 0),
    comments: [...new Set(profiles.flatMap(p => p.comments))],
    defaultSampleType: profiles.find(p => p.defaultSampleType !== '')?.defaultSampleType ?? '',
    docUrl: profiles.find(p => p.docUrl !== '')?.docUrl ?? '',
  };
}

/** Samples can cancel out, as in a difference; what only they referred to goes with them. */
function dropZeros(profile: Profile): Profile {
  const types = profile.sampleTypes.length;
  for (let i = 0; i < sampleCount(profile); i++)
    if (profile.values.subarray(i * types, (i + 1) * types).every(value => value === 0)) return merge([profile]);
  return profile;
}

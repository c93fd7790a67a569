/** Go's SampleIndexByName: which sample type an option means. */

import { NopsError } from '../protocol/errors.js';
import { defaultTypeIndex, type Profile } from './model.js';

/**
 * `name`: a sample type, its number, or '' for the profile's default, else the last. "inuse_space" also finds "space", as old
 * profiles call it. Throws `usage` with the types there are.
 */
export function sampleIndexByName(profile: Profile, name: string): number {
  if (name === '') return defaultTypeIndex(profile);
  const { sampleTypes } = profile;
  if (/^[+-]?\d+$/.test(name)) {
    const index = Number(name);
    if (index >= 0 && index < sampleTypes.length) return index;
    throw new NopsError('usage', `sample_index ${name} is outside the range [0..${sampleTypes.length - 1}]`);
  }
  const index = sampleTypes.findIndex(({ type }) => type === name || type === name.replace(/^inuse_/, ''));
  if (index >= 0) return index;
  throw new NopsError(
    'usage',
    `sample_index ${JSON.stringify(name)} must be one of: ${sampleTypes.map(({ type }) => type).join(', ')}`,
  );
}

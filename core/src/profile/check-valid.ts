/** Go's CheckValid: whether a profile's parts fit together. One that was decoded here always does; one made by hand may not. */

import { NopsError } from '../protocol/errors.js';
import { locationCount, type Profile, sampleCount } from './model.js';

/** Throws a `usage` error that says what does not fit. */
export function checkValid(profile: Profile): void {
  const types = profile.sampleTypes.length;
  const samples = sampleCount(profile);
  const locations = locationCount(profile);
  const functions = profile.functionNames.length;
  if (types === 0) throw invalid('it has no sample type');
  checkStarts('stackStarts', profile.stackStarts, profile.stacks.length);
  checkStarts('labelStarts', profile.labelStarts, profile.labelIds.length);
  checkStarts('lineStarts', profile.lineStarts, profile.lineFunctions.length);
  checkNumbers('stacks', profile.stacks, locations, 'locations');
  checkNumbers('labelIds', profile.labelIds, profile.labels.length, 'labels');
  checkNumbers('lineFunctions', profile.lineFunctions, functions, 'functions');
  checkNumbers('locationMappings', profile.locationMappings, profile.mappings.length + 1, 'mappings');
  checkLength('values', profile.values, samples * types);
  if (profile.exactValues !== undefined) checkLength('exactValues', profile.exactValues, samples * types);
  checkLength('labelStarts', profile.labelStarts, samples + 1);
  for (const name of ['lines', 'columns'] as const) checkLength(name, profile[name], profile.lineFunctions.length);
  for (const name of ['addresses', 'locationMappings', 'folded'] as const) checkLength(name, profile[name], locations);
  for (const name of ['functionSystemNames', 'functionFiles', 'functionStartLines'] as const)
    checkLength(name, profile[name], functions);
}

function checkStarts(name: string, starts: Uint32Array, end: number): void {
  if (starts[0] !== 0 || starts.at(-1) !== end) throw invalid(`${name} does not go from 0 to ${end}`);
  if (!starts.every((start, i) => i === 0 || start >= (starts[i - 1] ?? 0))) throw invalid(`${name} descends`);
}

function checkNumbers(name: string, numbers: Uint32Array, count: number, what: string): void {
  if (numbers.some(number => number >= count)) throw invalid(`${name} names one of the ${what} that is not there`);
}

function checkLength(name: string, column: { length: number }, length: number): void {
  if (column.length !== length) throw invalid(`${name} has ${column.length} elements instead of ${length}`);
}

function invalid(why: string): NopsError {
  return new NopsError('usage', `the profile is not valid: ${why}`);
}

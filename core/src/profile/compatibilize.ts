/** Makes profiles that differ in their sample types or units fit to be merged: Go's CompatibilizeSampleTypes and ScaleProfiles. */

import { NopsError } from '../protocol/errors.js';
import { convert, isConvertible } from './measurement.js';
import { type Profile, sampleCount, type ValueType } from './model.js';
import { scaleN } from './scale.js';

/** Only the sample types that all of them have, in the order of the first. Throws `usage` when there is none. */
export function compatibilizeSampleTypes(profiles: readonly Profile[]): Profile[] {
  const common = (profiles[0]?.sampleTypes ?? [])
    .map(({ type }) => type)
    .filter(name => profiles.every(({ sampleTypes }) => sampleTypes.some(({ type }) => type === name)));
  if (profiles.length > 0 && common.length === 0) {
    throw new NopsError(
      'usage',
      'the profiles have no sample type in common',
      'Combine profiles of one kind: CPU with CPU, heap with heap.',
    );
  }
  return profiles.map(profile => pickTypes(profile, common));
}

function pickTypes(profile: Profile, names: string[]): Profile {
  const from = names.map(name => profile.sampleTypes.findIndex(({ type }) => type === name));
  if (from.length === profile.sampleTypes.length && from.every((t, to) => t === to)) return profile;
  const types = profile.sampleTypes.length;
  const values = new Float64Array(sampleCount(profile) * from.length);
  const exactValues = profile.exactValues && new BigInt64Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const source = Math.floor(at / from.length) * types + (from[at % from.length] ?? 0);
    values[at] = profile.values[source] ?? 0;
    if (exactValues !== undefined) exactValues[at] = profile.exactValues?.[source] ?? 0n;
  }
  const { defaultSampleType } = profile;
  return {
    ...profile,
    sampleTypes: from.flatMap(t => profile.sampleTypes[t] ?? []),
    defaultSampleType: names.includes(defaultSampleType) ? defaultSampleType : '',
    values,
    exactValues,
  };
}

/** All in the finest unit that one of them has, so that nothing is lost. Throws `usage` for units of different kinds. */
export function commonUnits(profiles: readonly Profile[]): Profile[] {
  const [first, ...others] = profiles;
  if (first === undefined || others.length === 0) return [...profiles];
  const types = first.sampleTypes.map((_, t) => finest(profiles.map(({ sampleTypes }) => sampleTypes[t])));
  const periodType = finest(profiles.map(profile => profile.periodType));
  return profiles.map(profile => {
    const ratios = profile.sampleTypes.map((own, t) => convert(1, own.unit, types[t]?.unit ?? own.unit).value);
    return {
      ...scaleN(profile, ratios),
      sampleTypes: profile.sampleTypes.map((own, t) => ({ ...own, unit: types[t]?.unit ?? own.unit })),
      period: Math.trunc(convert(profile.period, profile.periodType.unit, periodType.unit).value),
      periodType: { ...profile.periodType, unit: periodType.unit },
    };
  });
}

function finest(types: (ValueType | undefined)[]): ValueType {
  const [first = { type: '', unit: '' }, ...others] = types;
  let found = first;
  for (const type of others) {
    if (type === undefined || stem(type.type) !== stem(first.type) || !isConvertible(type.unit, first.unit)) {
      throw new NopsError(
        'usage',
        `the profiles can't be combined: ${first.type}/${first.unit} and ${type?.type}/${type?.unit} are not of one kind`,
        'Combine profiles of one kind: CPU with CPU, heap with heap.',
      );
    }
    if (convert(1, type.unit, found.unit).value < 1) found = type;
  }
  return found;
}

/** "sample" and "samples" are the same. */
function stem(type: string): string {
  return type.replace(/s$/, '');
}

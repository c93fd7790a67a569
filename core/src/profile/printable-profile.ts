/** A profile for reports that are one text: whatever it calls things, each name is one printable line. */

import { printable } from '../units/printable.js';
import type { Label, Mapping, Profile, ValueType } from './model.js';

export function printableProfile(profile: Profile): Profile {
  const texts = (list: readonly string[]) => list.map(printable);
  return {
    ...profile,
    sampleTypes: profile.sampleTypes.map(valueType),
    defaultSampleType: printable(profile.defaultSampleType),
    periodType: valueType(profile.periodType),
    comments: texts(profile.comments),
    docUrl: printable(profile.docUrl),
    labels: profile.labels.map(printableLabel),
    functionNames: texts(profile.functionNames),
    functionSystemNames: texts(profile.functionSystemNames),
    functionFiles: texts(profile.functionFiles),
    mappings: profile.mappings.map(
      (mapping): Mapping => ({ ...mapping, file: printable(mapping.file), buildId: printable(mapping.buildId) }),
    ),
  };
}

function valueType({ type, unit }: ValueType): ValueType {
  return { type: printable(type), unit: printable(unit) };
}

function printableLabel(label: Label): Label {
  const key = printable(label.key);
  return 'text' in label
    ? { key, text: printable(label.text) }
    : { key, number: label.number, unit: printable(label.unit) };
}

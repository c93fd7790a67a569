/** Whether profiles can be merged or compared: only those of the same types can. */

import { NopsError } from '../protocol/errors.js';
import type { Profile, ValueType } from './model.js';

/** Throws a `usage` error that names the types. */
export function assertCompatible(a: Profile, b: Profile): void {
  if (show(a.periodType) !== show(b.periodType)) {
    throw new NopsError(
      'usage',
      `the profiles can't be combined: incompatible period types ${show(a.periodType)} and ${show(b.periodType)}`,
      'Combine profiles of one kind: CPU with CPU, heap with heap.',
    );
  }
  const [types, others] = [a, b].map(({ sampleTypes }) => sampleTypes.map(show).join(' '));
  if (types === others) return;
  throw new NopsError(
    'usage',
    `the profiles can't be combined: incompatible sample types [${types}] and [${others}]`,
    'Combine profiles of one kind: CPU with CPU, heap with heap.',
  );
}

function show({ type, unit }: ValueType): string {
  return `${type}/${unit}`;
}

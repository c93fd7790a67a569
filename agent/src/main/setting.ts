/** Checks a value before anything is changed: what a setting accepts, and the error that says so. */

import { NopsError } from '@nops/core/protocol/errors';
import type { SettingValue } from '@nops/core/protocol/results';

/** A setting of a pool, a server or the app. `parse` throws a `usage` error and changes nothing. */
export interface Setting {
  description: string;
  get(): SettingValue;
  parse(name: string, value: SettingValue): SettingValue;
  set(value: SettingValue): void;
}

function refuse(name: string, value: SettingValue, expected: string): NopsError {
  return new NopsError(
    'usage',
    `invalid value for ${name}: ${JSON.stringify(value)} - must be ${expected}; nothing was changed`,
  );
}

export function parseBoolean(name: string, value: SettingValue): boolean {
  if (typeof value !== 'boolean') throw refuse(name, value, 'true or false');
  return value;
}

/** A whole number from `min`, or null where that means unlimited. */
export function parseCount(name: string, value: SettingValue, min: number, unlimited: boolean): number | null {
  if (value === null && unlimited) return null;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min) {
    throw refuse(name, value, `a whole number from ${min}${unlimited ? ', or null for no limit' : ''}`);
  }
  return value;
}

/** Infinity and undefined as JSON can say them. */
export function finiteOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

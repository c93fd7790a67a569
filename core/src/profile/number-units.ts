/** Go's NumLabelUnits: in which unit the numbers under a label's key are. */

import type { Profile } from './model.js';

export interface NumberUnits {
  units: ReadonlyMap<string, string>;
  /** By key: further units that are used for it, which count as the first. */
  ignored: ReadonlyMap<string, string[]>;
}

/** The first unit that is told for a key; else bytes for `alignment` and `request`, and the key itself for others. */
export function numberUnits(profile: Pick<Profile, 'labels' | 'labelIds'>): NumberUnits {
  const units = new Map<string, string>();
  const ignored = new Map<string, Set<string>>();
  const keys = new Set<string>();
  for (const id of new Set(profile.labelIds)) {
    const label = profile.labels[id];
    if (label === undefined || 'text' in label) continue;
    keys.add(label.key);
    if (label.unit === '') continue;
    const unit = units.get(label.key);
    if (unit === undefined) units.set(label.key, label.unit);
    else if (unit !== label.unit) ignored.set(label.key, (ignored.get(label.key) ?? new Set()).add(label.unit));
  }
  for (const key of keys) if (!units.has(key)) units.set(key, key === 'alignment' || key === 'request' ? 'bytes' : key);
  return { units, ignored: new Map([...ignored].map(([key, others]) => [key, [...others].sort()])) };
}

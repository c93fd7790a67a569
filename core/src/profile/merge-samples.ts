/** The samples of a merge: those with equal stacks and labels are one, found by a hash table of sample numbers. */

import { GrowingUint32 } from './growing.js';
import type { Adopted } from './merge-tables.js';
import { type Label, labelKey, type Profile, sampleCount } from './model.js';

interface Source {
  profile: Profile;
  /** By sample: its number in the merge plus 1; 0 for one without any value. */
  targets: Uint32Array;
}

export class SampleMerger {
  readonly #stacks = new GrowingUint32();
  readonly #stackStarts = new GrowingUint32();
  readonly #labelIds = new GrowingUint32();
  readonly #labelStarts = new GrowingUint32();
  readonly #hashes = new GrowingUint32();
  readonly #labels: Label[] = [];
  readonly #labelNumbers = new Map<string, number>();
  /** Open addressing; slot value 0 is free, else a sample's number plus 1. At most half full. */
  #slots = new Uint32Array(1 << 12);
  readonly #sources: Source[] = [];

  constructor() {
    this.#stackStarts.push(0);
    this.#labelStarts.push(0);
  }

  add(profile: Profile, tables: Adopted): void {
    const types = profile.sampleTypes.length;
    const labels = profile.labels.map(label => this.#labelNumber(label));
    const ranks = ranksOf(profile.labels);
    const targets = new Uint32Array(sampleCount(profile));
    for (let i = 0; i < targets.length; i++) {
      if (isZero(profile, i, types)) continue;
      const from = profile.stackStarts[i] ?? 0;
      const to = profile.stackStarts[i + 1] ?? 0;
      this.#stacks.reserve(to - from);
      for (let s = from; s < to; s++) this.#stacks.push(tables.location(profile.stacks[s] ?? 0));
      const own = profile.labelIds.subarray(profile.labelStarts[i], profile.labelStarts[i + 1]);
      const sorted = own.length > 1 ? own.toSorted((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0)) : own;
      for (const id of sorted) this.#labelIds.push(labels[id] ?? 0);
      targets[i] = this.#settle() + 1;
    }
    this.#sources.push({ profile, targets });
  }

  columns() {
    const count = this.#hashes.length;
    const { values, exactValues } = sumValues(this.#sources, count);
    return {
      stacks: this.#stacks.finish(),
      stackStarts: this.#stackStarts.finish(),
      labelIds: this.#labelIds.finish(),
      labelStarts: this.#labelStarts.finish(),
      labels: this.#labels,
      values,
      exactValues,
    };
  }

  /** Keeps the stack and labels that were just pushed as a new sample, or takes them back for an equal one; its number. */
  #settle(): number {
    const stackStart = this.#stackStarts.array[this.#stackStarts.length - 1] ?? 0;
    const labelStart = this.#labelStarts.array[this.#labelStarts.length - 1] ?? 0;
    const hash = this.#hash(stackStart, labelStart);
    let slot = hash & (this.#slots.length - 1);
    for (let held = this.#slots[slot] ?? 0; held !== 0; held = this.#slots[slot] ?? 0) {
      if (this.#hashes.array[held - 1] === hash && this.#equals(held - 1, stackStart, labelStart)) {
        this.#stacks.length = stackStart;
        this.#labelIds.length = labelStart;
        return held - 1;
      }
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    this.#hashes.push(hash);
    this.#slots[slot] = this.#hashes.length;
    this.#stackStarts.push(this.#stacks.length);
    this.#labelStarts.push(this.#labelIds.length);
    if (this.#hashes.length * 2 > this.#slots.length) this.#grow();
    return this.#hashes.length - 1;
  }

  /** Multiplies and mixes as xxHash does, with two of its primes. */
  #hash(stackStart: number, labelStart: number): number {
    let hash = this.#stacks.length - stackStart;
    for (let s = stackStart; s < this.#stacks.length; s++)
      hash = Math.imul(((hash << 13) | (hash >>> 19)) ^ (this.#stacks.array[s] ?? 0), 0x9e3779b1);
    for (let k = labelStart; k < this.#labelIds.length; k++)
      hash = Math.imul(((hash << 13) | (hash >>> 19)) ^ ~(this.#labelIds.array[k] ?? 0), 0x85ebca77);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  #equals(sample: number, stackStart: number, labelStart: number): boolean {
    return (
      isSame(this.#stacks, this.#stackStarts.array, sample, stackStart) &&
      isSame(this.#labelIds, this.#labelStarts.array, sample, labelStart)
    );
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 4);
    for (let i = 0; i < this.#hashes.length; i++) {
      let slot = (this.#hashes.array[i] ?? 0) & (this.#slots.length - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = i + 1;
    }
  }

  #labelNumber(label: Label): number {
    const key = labelKey(label);
    const known = this.#labelNumbers.get(key);
    if (known !== undefined) return known;
    this.#labelNumbers.set(key, this.#labels.length);
    return this.#labels.push(label) - 1;
  }
}

/** Whether what `column` has for `sample` equals its end, from `start` on. */
function isSame(column: GrowingUint32, starts: Uint32Array, sample: number, start: number): boolean {
  const from = starts[sample] ?? 0;
  const length = (starts[sample + 1] ?? 0) - from;
  if (length !== column.length - start) return false;
  for (let k = 0; k < length; k++) if (column.array[from + k] !== column.array[start + k]) return false;
  return true;
}

function isZero({ values }: Profile, sample: number, types: number): boolean {
  for (let t = 0; t < types; t++) if (values[sample * types + t] !== 0) return false;
  return true;
}

/** Labels are a set of keys: texts by key, then numbers by key; of one key in the order they have. */
function ranksOf(labels: readonly Label[]): number[] {
  const keys = labels.map(label => `${'text' in label ? 0 : 1}${label.key}`);
  const sorted = [...new Set(keys)].sort();
  const rank = new Map(sorted.map((key, at) => [key, at]));
  return keys.map(key => rank.get(key) ?? 0);
}

/** Sums as doubles; once more as 64-bit numbers, which overflow as Go's do, when a double can't tell one. */
function sumValues(sources: Source[], count: number): Pick<Profile, 'values' | 'exactValues'> {
  const types = sources[0]?.profile.sampleTypes.length ?? 0;
  const values = new Float64Array(count * types);
  let isExact = true;
  for (const { profile, targets } of sources) {
    if (profile.exactValues !== undefined) isExact = false;
    for (const [i, target] of targets.entries()) {
      if (target === 0) continue;
      for (let t = 0; t < types; t++) {
        const at = (target - 1) * types + t;
        const sum = (values[at] ?? 0) + (profile.values[i * types + t] ?? 0);
        if (sum > Number.MAX_SAFE_INTEGER || sum < Number.MIN_SAFE_INTEGER) isExact = false;
        values[at] = sum;
      }
    }
  }
  if (isExact) return { values, exactValues: undefined };
  const exactValues = new BigInt64Array(values.length);
  for (const { profile, targets } of sources) {
    for (const [i, target] of targets.entries()) {
      for (let t = 0; t < types && target !== 0; t++) {
        const at = (target - 1) * types + t;
        const from = i * types + t;
        exactValues[at] =
          (exactValues[at] ?? 0n) + (profile.exactValues?.[from] ?? BigInt(Math.round(profile.values[from] ?? 0)));
      }
    }
  }
  return fitValues(exactValues);
}

/** Doubles alone where they tell all. */
function fitValues(exactValues: BigInt64Array): Pick<Profile, 'values' | 'exactValues'> {
  const values = Float64Array.from(exactValues, Number);
  return { values, exactValues: values.every(value => Number.isSafeInteger(value)) ? undefined : exactValues };
}

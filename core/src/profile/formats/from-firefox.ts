/**
 * The processed profile of the Firefox Profiler (profiler.firefox.com, "Download"; docs-developer/CHANGELOG-formats.md in
 * firefox-devtools/profiler) → Profile. Samples of equal stacks are summed up: the model knows no times but the first and the last one.
 * Samples of several threads have the label `thread`. What a thread allocated, and its markers, are left out.
 */

import { ProfileBuilder } from '../builder.js';
import type { Label, Profile, ValueType } from '../model.js';
import { FirefoxStacks, type FirefoxTables } from './firefox-stacks.js';

export interface FirefoxFile {
  meta: { preprocessedProfileVersion: number; interval?: number; startTime?: number; product?: string };
  threads: FirefoxThread[];
  /** Strings since version 56, sources since 58, the other tables since 60; each thread has its own before. */
  shared?: Partial<FirefoxTables>;
}

interface FirefoxThread extends Partial<FirefoxTables> {
  name?: string;
  processName?: string;
  pid?: string | number;
  tid?: string | number;
  samples: {
    stack: (number | null)[];
    /** Milliseconds since `meta.startTime`; since version 50 there may be the differences instead. */
    time?: number[];
    timeDeltas?: number[];
    /** Missing: each sample counts 1. */
    weight?: (number | null)[] | null;
    weightType?: string;
  };
}

type Kind = 'samples' | 'tracing-ms' | 'bytes';

const typesOf: Record<Kind, ValueType[]> = {
  samples: [
    { type: 'samples', unit: 'count' },
    { type: 'wall', unit: 'nanoseconds' },
  ],
  'tracing-ms': [
    { type: 'samples', unit: 'count' },
    { type: 'wall', unit: 'nanoseconds' },
  ],
  bytes: [{ type: 'space', unit: 'bytes' }],
};

/** The last millisecond that JavaScript has a date for (ECMA-262, Time Values). */
const maxTimeMs = 8.64e15;

/** Throws `usage` for tables that lead nowhere. */
export function fromFirefox({ meta, threads, shared = {} }: FirefoxFile): Profile {
  const sampled = threads.filter(({ samples }) => samples.stack.some(stack => stack !== null));
  const [first] = sampled;
  const kind = first === undefined ? 'samples' : kindOf(first);
  const shown = sampled.filter(thread => kindOf(thread) === kind);
  const intervalMs = isPositive(meta.interval) ? meta.interval : 1;
  const { fromMs, toMs } = timesOf(shown);
  const startMs = Math.round((meta.startTime ?? 0) + fromMs);
  const [type = { type: '', unit: '' }] = typesOf[kind].slice(-1);
  const builder = new ProfileBuilder({
    sampleTypes: typesOf[kind],
    defaultSampleType: type.type,
    periodType: type,
    period: kind === 'bytes' ? 0 : Math.round(intervalMs * 1e6),
    timeNanos: startMs > 0 && startMs <= maxTimeMs ? BigInt(startMs) * 1_000_000n : 0n,
    durationNanos: kind === 'bytes' ? 0 : Math.round((toMs - fromMs + intervalMs) * 1e6),
    comments:
      shown.length < sampled.length
        ? [`threads with weights of another kind: ${sampled.length - shown.length}, left out`]
        : [],
  });
  const names = namesOf(shown);
  const common = shared.stackTable === undefined ? undefined : new FirefoxStacks(builder, shared);
  for (const [i, thread] of shown.entries()) {
    const stacks = common ?? new FirefoxStacks(builder, { ...thread, ...shared });
    const labels: Label[] = shown.length === 1 ? [] : [{ key: 'thread', text: names[i] ?? '' }];
    for (const [stack, { count, weight }] of weightsOf(thread)) {
      const values = {
        samples: [weight, Math.round(weight * intervalMs * 1e6)],
        'tracing-ms': [count, Math.round(weight * 1e6)],
        bytes: [Math.round(weight)],
      };
      builder.addSample(stacks.path(stack), values[kind], labels);
    }
  }
  return builder.build();
}

function kindOf({ samples: { weightType, weight } }: FirefoxThread): Kind {
  return weight && (weightType === 'tracing-ms' || weightType === 'bytes') ? weightType : 'samples';
}

/** By stack; those without one tell nothing. */
function weightsOf({ samples }: FirefoxThread): Map<number, { count: number; weight: number }> {
  const sums = new Map<number, { count: number; weight: number }>();
  for (const [i, stack] of samples.stack.entries()) {
    if (stack === null) continue;
    const weight = samples.weight ? Number(samples.weight[i] ?? 0) : 1;
    if (!Number.isFinite(weight)) continue;
    const sum = sums.get(stack) ?? { count: 0, weight: 0 };
    sums.set(stack, { count: sum.count + 1, weight: sum.weight + weight });
  }
  return sums;
}

function timesOf(threads: readonly FirefoxThread[]): { fromMs: number; toMs: number } {
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { samples } of threads) {
    let sum = 0;
    for (const value of samples.time ?? samples.timeDeltas ?? []) {
      const time = samples.time === undefined ? sum + value : value;
      if (!Number.isFinite(time) || Math.abs(time) > maxTimeMs) continue;
      sum = time;
      fromMs = Math.min(fromMs, time);
      toMs = Math.max(toMs, time);
    }
  }
  return fromMs <= toMs ? { fromMs, toMs } : { fromMs: 0, toMs: 0 };
}

/** Processes of a browser have threads of the same names. */
function namesOf(threads: readonly FirefoxThread[]): string[] {
  const plain = threads.map(({ name = '', processName = '' }) =>
    processName === '' || processName === name ? String(name) : `${processName}, ${name}`,
  );
  return plain.map((name, i) =>
    plain.filter(other => other === name).length === 1 ? name : `${name} (${threads[i]?.pid}, ${threads[i]?.tid})`,
  );
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 && value < maxTimeMs;
}

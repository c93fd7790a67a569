/** Profiles that are JSON, told apart by what is in them: V8's CPU and heap profiles, speedscope's files. */

import { NopsError } from '../protocol/errors.js';
import { type CpuProfile, fromCpuProfile } from './from-cpuprofile.js';
import { fromHeapProfile, type HeapProfile } from './from-heapprofile.js';
import { fromSpeedscope } from './from-speedscope.js';
import type { Profile } from './model.js';
import type { SpeedscopeFile } from './speedscope.js';

/** V8's default, when nobody says. */
const heapIntervalBytes = 512 * 1024;

/** Throws a `usage` error for other JSON. */
export function fromJson(value: unknown): Profile {
  if (has(value, 'nodes', 'startTime', 'endTime')) {
    const cpu = value as CpuProfile;
    const micros = cpu.endTime - cpu.startTime;
    const count = cpu.samples?.length ?? 0;
    return read(() =>
      fromCpuProfile(cpu, { startedAtMs: 0, intervalMicros: count === 0 ? 0 : Math.round(micros / count) }),
    );
  }
  if (has(value, 'head')) {
    const options = { startedAtMs: 0, durationMs: 0, intervalBytes: heapIntervalBytes };
    return read(() => fromHeapProfile(value as HeapProfile, options));
  }
  if (has(value, 'shared', 'profiles')) return read(() => fromSpeedscope(value as SpeedscopeFile));
  throw new NopsError('usage', 'this JSON is no CPU or heap profile of V8 and no speedscope file');
}

function has(value: unknown, ...names: string[]): boolean {
  return typeof value === 'object' && value !== null && names.every(name => name in value);
}

/** The readers trust the shape of what they get. */
function read(convert: () => Profile): Profile {
  try {
    return convert();
  } catch (error) {
    if (error instanceof NopsError) throw error;
    throw new NopsError('usage', `this profile is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

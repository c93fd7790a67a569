/** Profiles that are JSON, told apart by what is in them: V8's, speedscope's and Firefox's files, Chrome traces, our own `nops.profile/1`. */

import { NopsError } from '../../protocol/errors.js';
import type { Profile } from '../model.js';
import { type AllocationNode, fromAllocationTree } from './from-allocation-tree.js';
import { fromChromeTrace, type TraceEvent } from './from-chrome-trace.js';
import { type CpuProfile, fromCpuProfile } from './from-cpuprofile.js';
import { type FirefoxFile, fromFirefox } from './from-firefox.js';
import { fromHeapProfile, type HeapProfile } from './from-heapprofile.js';
import { fromProfileJson } from './from-profile-json.js';
import { fromSpeedscope } from './from-speedscope.js';
import type { ProfileJson } from './profile-json.js';
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
  if (has(value, 'meta', 'threads')) {
    const { meta } = value as { meta: unknown };
    if (has(meta, 'preprocessedProfileVersion')) return read(() => fromFirefox(value as FirefoxFile));
    throw new NopsError(
      'usage',
      'this profile is as Firefox recorded it, and only processed ones can be read',
      'Open it in profiler.firefox.com, and save it from there.',
    );
  }
  if (has(value, 'shared', 'profiles')) return read(() => fromSpeedscope(value as SpeedscopeFile));
  if (has(value, 'schema', 'frames', 'samples')) return read(() => fromProfileJson(value as ProfileJson));
  if (has(value, 'traceEvents'))
    return read(() => fromChromeTrace((value as { traceEvents: TraceEvent[] }).traceEvents));
  if (has(value, 'scriptName', 'children', 'allocations'))
    return read(() => fromAllocationTree(value as AllocationNode));
  if (Array.isArray(value)) return read(() => fromChromeTrace(value as TraceEvent[]));
  throw new NopsError(
    'usage',
    'this JSON is no CPU or heap profile of V8, no Chrome trace, no file of speedscope or the Firefox Profiler and no profile of nops',
  );
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

/**
 * Sampling of the heap's allocations. An isolate has one sampler: whoever stops it stops it for all, so this class is its only owner
 * here and counts its users. At its start it is decided whether it keeps samples of what the collector frees: a profile holds either what is
 * still alive of what was allocated since (`inuse`), or all of it (`alloc`).
 */

import type { HeapKeeps, HeapProfile } from '@nops/core/profile/formats/from-heapprofile';
import { BusyError } from '@nops/core/protocol/errors';
import type { InspectorChannel } from './inspector-channel.js';

/**
 * About 512 KiB, as V8's own default of heap profilers in production. Not that power of two: V8 reports only size times count, and with
 * 2^19 sizes of 16, 24, 48, 72 and 88 bytes all report the same; with this number only 88 is mistaken among those up to 128.
 */
export const heapIntervalBytes = 8 * 65_520;

const otherUse: Record<HeapKeeps, string> = {
  inuse: 'the heap is being sampled for what is alive, and V8 has one sampler: allocs must wait',
  alloc: 'the heap is being sampled for all that is allocated, and V8 has one sampler: heap must wait',
};
const retryAfterSeconds = 5;

export class HeapSampling {
  readonly #channel: InspectorChannel;
  #users = 0;
  #keeps: HeapKeeps = 'inuse';
  #started: Promise<unknown> = Promise.resolve();
  #startedAtMs = 0;

  constructor(channel: InspectorChannel) {
    this.#channel = channel;
  }

  get isUsed(): boolean {
    return this.#users > 0;
  }

  /** When the sampler started, milliseconds since 1970. */
  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  /** Throws a BusyError while it is used to keep the other. */
  async start(keeps: HeapKeeps): Promise<void> {
    if (this.#users > 0 && this.#keeps !== keeps) throw new BusyError(otherUse[this.#keeps], retryAfterSeconds);
    this.#users++;
    if (this.#users === 1) {
      this.#startedAtMs = Date.now();
      this.#keeps = keeps;
      const dead = keeps === 'alloc';
      this.#started = this.#channel.post('HeapProfiler.startSampling', {
        samplingInterval: heapIntervalBytes,
        includeObjectsCollectedByMajorGC: dead,
        includeObjectsCollectedByMinorGC: dead,
      });
    }
    await this.#started;
  }

  /** What was kept so far; the sampler goes on. V8 collects the whole heap first (v8/src/profiler/sampling-heap-profiler.cc, kSamplingForceGC). */
  async read(): Promise<HeapProfile> {
    const { profile } = await this.#channel.post<{ profile: HeapProfile }>('HeapProfiler.getSamplingProfile');
    return profile;
  }

  async stop(): Promise<void> {
    this.#users--;
    if (this.#users === 0) await this.#channel.post('HeapProfiler.stopSampling');
  }
}

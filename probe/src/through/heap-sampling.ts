/**
 * Sampling of the heap's allocations. An isolate has one sampler: whoever stops it stops it for all, so this class is its only owner
 * here and counts its users. A profile holds what was allocated since the sampler started and is still alive.
 */

import type { HeapProfile } from '@nops/core/profile/from-heapprofile';
import type { InspectorChannel } from './inspector-channel.js';

/**
 * About 512 KiB, as V8's own default of heap profilers in production. Not that power of two: V8 reports only size times count, and with
 * 2^19 sizes of 16, 24, 48, 72 and 88 bytes all report the same; with this number only 88 is mistaken among those up to 128.
 */
export const heapIntervalBytes = 8 * 65_520;

export class HeapSampling {
  readonly #channel: InspectorChannel;
  #users = 0;
  #started: Promise<unknown> = Promise.resolve();
  #startedAtMs = 0;

  constructor(channel: InspectorChannel) {
    this.#channel = channel;
  }

  /** When the sampler started, milliseconds since 1970. */
  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  async start(): Promise<void> {
    this.#users++;
    if (this.#users === 1) {
      this.#startedAtMs = Date.now();
      this.#started = this.#channel.post('HeapProfiler.startSampling', { samplingInterval: heapIntervalBytes });
    }
    await this.#started;
  }

  /** What is alive now; the sampler goes on. */
  async read(): Promise<HeapProfile> {
    const { profile } = await this.#channel.post<{ profile: HeapProfile }>('HeapProfiler.getSamplingProfile');
    return profile;
  }

  async stop(): Promise<void> {
    this.#users--;
    if (this.#users === 0) await this.#channel.post('HeapProfiler.stopSampling');
  }
}

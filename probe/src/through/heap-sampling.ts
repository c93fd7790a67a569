/**
 * Sampling of the heap's allocations. An isolate has one sampler: whoever stops it stops it for all, so this class is its only owner
 * here and counts its users. A profile holds what was allocated since the sampler started and is still alive.
 */

import type { HeapProfile } from '@nops/core/profile/from-heapprofile';
import type { InspectorChannel } from './inspector-channel.js';

export const heapIntervalBytes = 512 * 1024;

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

/** CPU samples for a trace: the profile engine's windows, whoever else has them too. */

import type { SampleWindow } from '@nops/core/profile/sampling/sample-window';
import type { Subscription, ThreadSampler } from '../engine/thread-sampler.js';
import { monotonicMicros } from '../engine/window-store.js';

/** How long the last samples are waited for. */
const lastMs = 1000;

export class CpuSamples {
  readonly #windows: SampleWindow[] = [];
  #subscription: Subscription | undefined;
  /** Why there are none from some moment on. */
  failure: string | undefined;

  /** Throws `no-answer` when the main thread does not come to begin. */
  async start(sampler: ThreadSampler, intervalMicros: number): Promise<void> {
    this.#subscription = await sampler.subscribe(intervalMicros, {
      onWindow: window => void this.#windows.push(window),
      onBroken: why => {
        this.failure = why.message;
      },
    });
  }

  /** What has come since the last time. */
  take(): SampleWindow[] {
    return this.#windows.splice(0);
  }

  async stop(): Promise<void> {
    const subscription = this.#subscription;
    if (subscription === undefined) return;
    if (!(await subscription.reached(monotonicMicros(), lastMs))) this.failure ??= 'the last ones did not come in time';
    subscription.leave();
  }
}

/**
 * Profiling the main thread all the time, within a budget: a profile then begins without a cold start, and the past is there. Off and on
 * again by the governor's decisions, each of which is kept and told.
 */

import {
  type Budget,
  budgetWindowMs,
  isOverBudget,
  restartAfterMs,
  restartHz,
  type Spent,
  spentMs,
  warmHz,
} from '@nops/core/profile/sampling/budget';
import type { InfoProfiling } from '@nops/core/protocol/info-parts';
import { Spending, samplerThreads } from './spending.js';
import type { Subscription, ThreadSampler } from './thread-sampler.js';

/** What is noted beside the samples as long as they are taken. Never throws: without it the past is one without labels or stalls. */
export interface Beside {
  begin(): void;
  end(): void;
}

/** Decisions that are kept. */
const maxEvents = 20;
/** When the thread does not come to begin, or is being sampled at another rate. */
const retryMs = 10_000;

export class WarmProfiling {
  readonly #sampler: ThreadSampler;
  readonly #budget: Budget;
  readonly #beside: Beside;
  readonly #events: InfoProfiling['events'] = [];
  #subscription: Subscription | undefined;
  #spending: Spending | undefined;
  #spent: Spent[] = [];
  #hz = warmHz;

  constructor(sampler: ThreadSampler, budget: Budget, beside: Beside) {
    this.#beside = beside;
    this.#sampler = sampler;
    this.#budget = budget;
  }

  start(): void {
    void this.#tryStart();
  }

  describe(): InfoProfiling {
    const { store } = this.#sampler;
    return {
      mode: 'warm',
      isOn: this.#subscription !== undefined,
      hz: this.#hz,
      cpuPercent: this.#percent(),
      budgetPercent: this.#budget.percent,
      sampleMicros: this.#spending?.sampleMs === undefined ? null : this.#spending.sampleMs * 1000,
      heldSeconds: store.heldSeconds,
      heldBytes: store.bytes,
      events: [...this.#events],
    };
  }

  async #tryStart(): Promise<void> {
    try {
      // What somebody asked for at another rate would go on at that.
      if (this.#sampler.isSampling) throw new Error('somebody is profiling it at another rate');
      const others = samplerThreads();
      this.#spent = [];
      this.#subscription = await this.#sampler.subscribe(Math.round(1e6 / this.#hz), {
        onWindow: (window, pause, decodeMs) => {
          if (this.#spending === undefined) return;
          this.#spent.push({ atMs: performance.now(), cpuMs: this.#spending.take(window, pause, decodeMs) });
          this.#govern();
        },
        onBroken: why => this.#stop(`the main thread's profiler has ended: ${why.message}`),
      });
      this.#spending = new Spending(others);
      this.#beside.begin();
      this.#tell(
        `on at ${this.#hz} samples a second; its start held the main thread for ${this.#subscription.coldStartMs?.toFixed(1)} ms`,
      );
    } catch (error) {
      this.#tell(`could not begin, and will be tried again: ${error instanceof Error ? error.message : String(error)}`);
      this.#later(retryMs);
    }
  }

  #govern(): void {
    const oldest = performance.now() - 2 * budgetWindowMs;
    this.#spent = this.#spent.filter(({ atMs }) => atMs > oldest);
    if (!isOverBudget(this.#spent, this.#budget)) return;
    const percent = this.#percent()?.toFixed(2);
    const hz = restartHz(this.#hz, this.#spent, this.#budget);
    const next =
      hz === undefined ? 'it stays off' : `on again in ${restartAfterMs / 60_000} minutes, at ${hz} samples a second`;
    this.#stop(
      `off: ${percent} % of one core over ${budgetWindowMs / 1000} s, of ${this.#budget.percent} % allowed; ${next}`,
    );
    if (hz === undefined) return;
    this.#hz = hz;
    this.#later(restartAfterMs);
  }

  #stop(why: string): void {
    this.#subscription?.leave();
    this.#subscription = undefined;
    this.#beside.end();
    this.#tell(why);
  }

  #later(ms: number): void {
    setTimeout(() => void this.#tryStart(), ms).unref();
  }

  #percent(): number | null {
    const last = this.#spent.at(-1);
    return last === undefined ? null : (spentMs(this.#spent, last.atMs) / budgetWindowMs) * 100;
  }

  #tell(what: string): void {
    this.#events.push({ at: new Date().toISOString(), what });
    this.#events.splice(0, Math.max(0, this.#events.length - maxEvents));
  }
}

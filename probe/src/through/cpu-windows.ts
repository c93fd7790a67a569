/**
 * CPU profiles by titled windows: one inspector session serves any number of overlapping profiles at the cost of one, where a session
 * for each would start a profiler for each. V8 runs one sampler as long as any window is open.
 *
 *   window a   |---------------|
 *   window b          |------------------|
 *   sampler    ==========================
 */

import type { CpuProfile } from '@nops/core/profile/from-cpuprofile';
import { evaluate, type InspectorChannel } from './inspector-channel.js';

export class CpuWindows {
  readonly #channel: InspectorChannel;
  #open = 0;
  #counter = 0;
  #intervalMicros = 0;

  constructor(channel: InspectorChannel) {
    this.#channel = channel;
  }

  get open(): number {
    return this.#open;
  }

  /**
   * Opens a window. V8 can't change the interval while it samples: when another window is open its interval holds, so read
   * `intervalMicros` of the answer. Starting cold stops the main thread for a time that grows with the number of its functions.
   */
  async start(intervalMicros: number): Promise<CpuWindow> {
    this.#open++;
    const title = `nops-${process.pid}-${++this.#counter}`;
    try {
      // Posted without waiting in between: the answers come in order, and so nothing of another window gets among them.
      await Promise.all([
        ...(this.#open === 1 ? this.#configure(intervalMicros) : []),
        evaluate(this.#channel, `profile(${JSON.stringify(title)})`, { commandLine: true }),
      ]);
    } catch (error) {
      await this.#closed();
      throw error;
    }
    return new CpuWindow(this.#channel, title, this.#intervalMicros, () => this.#closed());
  }

  #configure(intervalMicros: number): Promise<unknown>[] {
    this.#intervalMicros = intervalMicros;
    return [
      this.#channel.post('Profiler.enable'),
      this.#channel.post('Profiler.setSamplingInterval', { interval: intervalMicros }),
    ];
  }

  async #closed(): Promise<void> {
    this.#open--;
    if (this.#open === 0) await this.#channel.post('Profiler.disable');
  }
}

export class CpuWindow {
  readonly intervalMicros: number;
  readonly startedAtMs = Date.now();
  readonly #channel: InspectorChannel;
  readonly #title: string;
  readonly #closed: () => Promise<void>;

  constructor(channel: InspectorChannel, title: string, intervalMicros: number, closed: () => Promise<void>) {
    this.#channel = channel;
    this.#title = title;
    this.intervalMicros = intervalMicros;
    this.#closed = closed;
  }

  /** Closes the window and gives what was sampled in it. To be called once, also when nobody wants the profile any more. */
  async stop(): Promise<CpuProfile> {
    let off = () => {};
    const finished = new Promise<CpuProfile>(resolve => {
      off = this.#channel.on<{ title?: string; profile: CpuProfile }>('Profiler.consoleProfileFinished', event => {
        if (event.title === this.#title) resolve(event.profile);
      });
    });
    try {
      await evaluate(this.#channel, `profileEnd(${JSON.stringify(this.#title)})`, { commandLine: true });
      return await finished;
    } finally {
      off();
      await this.#closed();
    }
  }
}

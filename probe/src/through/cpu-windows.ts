/**
 * CPU profiling in windows: one inspector session with titled windows that overlap, so that V8's sampler never stops and each window is
 * short. Starting V8's sampler and stopping the last window are slow (they grow with the functions of the program); opening a window
 * while another is open, and closing one that is short, are not.
 *
 *   window 1   |-----------|
 *   window 2              |-----------|
 *   sampler    =============================
 *
 * https://chromedevtools.github.io/devtools-protocol/tot/Profiler/ knows titles only as events of `console.profile`, so that is what is
 * called, by the command-line API, which no app can have replaced.
 */

import type { CpuProfile } from '@nops/core/profile/formats/from-cpuprofile';
import { turnFunctionName } from '@nops/core/profile/sampling/stack-tree';
import { evaluate, type InspectorChannel } from './inspector-channel.js';

/** For how long the thread was held, by its own clock. */
export interface TurnPause {
  openMs: number;
  closeMs: number;
}

export interface TakenWindow {
  cpu: CpuProfile;
  pause: TurnPause;
}

let titles = 0;

/** Each call waits for the one before. */
export class CpuWindows {
  readonly #channel: InspectorChannel;
  #open: string | undefined;

  constructor(channel: InspectorChannel) {
    this.#channel = channel;
  }

  /** Starts the sampler and opens the first window. V8 takes no other interval until `end`. */
  async start(intervalMicros: number): Promise<TurnPause> {
    // Posted without waiting in between: the answers come in order.
    const [, , pause] = await Promise.all([
      this.#channel.post('Profiler.enable'),
      this.#channel.post('Profiler.setSamplingInterval', { interval: intervalMicros }),
      this.#turn(undefined, this.#title()),
    ]);
    return pause;
  }

  /** Opens the next window, closes this one. */
  async next(): Promise<TakenWindow> {
    return this.#take(this.#title());
  }

  /** Closes the window and stops the sampler. */
  async end(): Promise<TakenWindow> {
    const taken = await this.#take(undefined);
    await this.#channel.post('Profiler.disable');
    return taken;
  }

  async #take(opened: string | undefined): Promise<TakenWindow> {
    const closed = this.#open;
    let off = () => {};
    const finished = new Promise<CpuProfile>(resolve => {
      off = this.#channel.on<{ title?: string; profile: CpuProfile }>('Profiler.consoleProfileFinished', event => {
        if (event.title === closed) resolve(event.profile);
      });
    });
    try {
      const pause = await this.#turn(closed, opened);
      return { cpu: await finished, pause };
    } finally {
      off();
    }
  }

  /** One call, so that nothing comes between opening and closing; the thread's own clock, since the way there may take long. */
  async #turn(closed: string | undefined, opened: string | undefined): Promise<TurnPause> {
    const open = opened === undefined ? '' : `profile(${JSON.stringify(opened)});`;
    const close = closed === undefined ? '' : `profileEnd(${JSON.stringify(closed)});`;
    const [openMs, closeMs] = await evaluate<[number, number]>(
      this.#channel,
      `(function ${turnFunctionName}() {
        const now = process.hrtime.bigint;
        const t0 = now(); ${open}
        const t1 = now(); ${close}
        return [Number(t1 - t0) / 1e6, Number(now() - t1) / 1e6];
      })()`,
      { commandLine: true },
    );
    this.#open = opened;
    return { openMs, closeMs };
  }

  #title(): string {
    return `nops-${process.pid}-${++titles}`;
  }
}

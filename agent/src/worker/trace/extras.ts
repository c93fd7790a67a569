/** What of a trace does not come from the ring: CPU samples, and Node's own trace events. */

import type { InspectorChannel } from '@nops/probe/through/inspector-channel';
import type { ProfileEngine } from '../engine/engine.js';
import { CpuSamples } from './cpu.js';
import { CpuLines } from './cpu-lines.js';
import { NativeTracing } from './native.js';

export class Extras {
  readonly #engine: ProfileEngine;
  readonly #hz: number;
  readonly #native: NativeTracing;
  readonly #cpu: CpuSamples | undefined;
  readonly #cpuLines = new CpuLines(process.pid);
  #hasNative = false;

  /** `hz`: CPU samples a second; 0: none. */
  constructor(engine: ProfileEngine, channel: InspectorChannel, hz: number) {
    this.#engine = engine;
    this.#hz = hz;
    this.#native = new NativeTracing(channel);
    this.#cpu = hz === 0 ? undefined : new CpuSamples();
  }

  /** What could not begin, and why. */
  async start(): Promise<string[]> {
    const missing: string[] = [];
    await this.#cpu
      ?.start(this.#engine.sampler, Math.round(1e6 / this.#hz))
      .catch(error => missing.push(`CPU samples: ${messageOf(error)}`));
    this.#hasNative = true;
    await this.#native.start().catch(error => {
      this.#hasNative = false;
      missing.push(`Node's own trace events (files, look-ups, pool threads): ${messageOf(error)}`);
    });
    return missing;
  }

  /** What has come since the last time. CPU samples before `fromMicros` belong to others. */
  take(fromMicros: number): object[] {
    const windows = this.#cpu?.take() ?? [];
    return [...this.#native.take(), ...windows.flatMap(window => this.#cpuLines.lines(window, fromMicros))];
  }

  /** The last of it can be taken then. What is missing, and why. */
  async stop(): Promise<string[]> {
    if (this.#hasNative) await this.#native.stop().catch(() => {});
    await this.#cpu?.stop();
    const notes: string[] = [];
    if (this.#cpu?.failure !== undefined)
      notes.push(`CPU samples are missing from some moment on: ${this.#cpu.failure}`);
    if (this.#native.left > 0)
      notes.push(`${this.#native.left} of Node's own trace events were left out: there were too many`);
    return notes;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same promise for everybody who ends a recording. */
export function once<T>(end: () => Promise<T>): () => Promise<T> {
  let ended: Promise<T> | undefined;
  return () => {
    ended ??= end();
    return ended;
  };
}

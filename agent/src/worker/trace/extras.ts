/** What of a trace does not come from the ring: CPU samples, and the CPU time of threads. */

import type { ThreadTime } from '@nops/core/trace/format';
import { orUndefined } from '@nops/probe/beside/procfs';
import { readThreads } from '@nops/probe/beside/threads';
import { readThreadCpu } from '@nops/probe/beside/usage';
import type { ProfileEngine } from '../engine/engine.js';
import { CpuSamples } from './cpu.js';
import { CpuLines } from './cpu-lines.js';

export class Extras {
  readonly #engine: ProfileEngine;
  readonly #hz: number;
  readonly #cpu: CpuSamples | undefined;
  readonly #cpuLines = new CpuLines(process.pid);
  #cpuBefore: ReadonlyMap<number, number> = new Map();

  /** `hz`: CPU samples a second; 0: none. */
  constructor(engine: ProfileEngine, hz: number) {
    this.#engine = engine;
    this.#hz = hz;
    this.#cpu = hz === 0 ? undefined : new CpuSamples();
  }

  /** What could not begin, and why. */
  async start(): Promise<string[]> {
    const missing: string[] = [];
    await this.#cpu
      ?.start(this.#engine.sampler, Math.round(1e6 / this.#hz))
      .catch(error => missing.push(`CPU samples: ${messageOf(error)}`));
    this.#cpuBefore = orUndefined(() => readThreadCpu(process.pid)) ?? new Map();
    return missing;
  }

  /** What has come since the last time. CPU samples before `fromMicros` belong to others. */
  take(fromMicros: number): object[] {
    const windows = this.#cpu?.take() ?? [];
    return windows.flatMap(window => this.#cpuLines.lines(window, fromMicros));
  }

  /** The last of it can be taken then. What is missing, and why. */
  async stop(): Promise<string[]> {
    await this.#cpu?.stop();
    const notes: string[] = [];
    if (this.#cpu?.failure !== undefined)
      notes.push(`CPU samples are missing from some moment on: ${this.#cpu.failure}`);
    return notes;
  }

  /** Since `start`; undefined where the kernel does not tell. */
  threads(): ThreadTime[] | undefined {
    try {
      const cpu = readThreadCpu(process.pid);
      return readThreads(process.pid).flatMap(({ tid, name, role }) => {
        const nanos = cpu.get(tid);
        return nanos === undefined ? [] : { tid, name, role, cpuMs: (nanos - (this.#cpuBefore.get(tid) ?? 0)) / 1e6 };
      });
    } catch {
      return undefined;
    }
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

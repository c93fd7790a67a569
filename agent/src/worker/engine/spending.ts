/**
 * What sampling the main thread costs, in CPU time, measured: V8's sampler thread and the turns in the main thread are read or timed; what
 * a sample costs the main thread can be read only while that does nothing else, in windows in which it waited all the time.
 *
 * Measured for comparison (a fixed amount of work with and without samples, Node 20): 34 µs a sample at 5 frames, 40 at 200; idle 25-35.
 */

import { readdirSync, readFileSync } from 'node:fs';
import type { SampleWindow } from '@nops/core/profile/sampling/sample-window';
import type { TurnPause } from '@nops/probe/through/cpu-windows';

/** Until it has been measured: above all that was. */
const assumedSampleMs = 0.08;
/** The first characters of the name that V8 gives its sampler threads (src/profiler/cpu-profiler.cc), as the kernel keeps it. */
const samplerName = 'v8:ProfEvntProc';

export class Spending {
  readonly #samplers: string[];
  #mainMs: number | undefined = cpuMs(String(process.pid));
  #samplerMs: number;
  #sampleMs: number | undefined;

  /** `others`: sampler threads that were there before. */
  constructor(others: readonly string[]) {
    const all = samplerThreads();
    const own = all.filter(tid => !others.includes(tid));
    this.#samplers = own.length > 0 ? own : all;
    this.#samplerMs = this.#readSamplers();
  }

  /** What a sample costs the main thread; undefined until it was seen waiting for a whole window. */
  get sampleMs(): number | undefined {
    return this.#sampleMs;
  }

  /** CPU milliseconds since the last call, for one window. */
  take(window: SampleWindow, pause: TurnPause, decodeMs: number): number {
    const turnMs = pause.openMs + pause.closeMs;
    const mainMs = cpuMs(String(process.pid));
    if (mainMs !== undefined && this.#mainMs !== undefined && isIdle(window)) {
      this.#sampleMs = Math.max(0, mainMs - this.#mainMs - turnMs) / window.nodes.length;
    }
    this.#mainMs = mainMs;
    const before = this.#samplerMs;
    this.#samplerMs = this.#readSamplers();
    const perSampleMs = this.#sampleMs ?? assumedSampleMs;
    return this.#samplerMs - before + turnMs + decodeMs + perSampleMs * window.nodes.length;
  }

  #readSamplers(): number {
    return this.#samplers.reduce((sum, tid) => sum + (cpuMs(tid) ?? 0), 0);
  }
}

/** Thread ids of V8's samplers in this process; none where there is no /proc. */
export function samplerThreads(): string[] {
  try {
    return readdirSync('/proc/self/task').filter(tid => nameOf(tid) === samplerName);
  } catch {
    return [];
  }
}

function nameOf(tid: string): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${tid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** proc(5): the first number of schedstat is the time on a CPU, in nanoseconds. */
function cpuMs(tid: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/self/task/${tid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return undefined;
  }
}

function isIdle({ tree, nodes }: SampleWindow): boolean {
  return nodes.length > 0 && nodes.every(node => tree.kind(node) !== 'program');
}

/** `nops top`. Rules as in results.ts. */

import type { Result, StackThread, ThreadActivity } from './results.js';

export interface TopResult extends Result<'top'> {
  node: string | null;
  v8: string | null;
  /** How long was sampled, pauses left out. */
  seconds: number;
  /** Samples per second that were asked for, of each thread. */
  rate: number;
  /** Samples taken of each thread, at most. */
  samples: number;
  /** What taking one sample cost nops, mean in microseconds. */
  sampleMicros: number | null;
  /** How long the process was stopped for all samples together, in whole microseconds; 0 without `--stop`. */
  pausedMicros: number;
  /** Those that run JavaScript, the main thread first. */
  threads: TopThread[];
}

export interface TopThread extends ThreadActivity {
  tid: number;
  name: string;
  role: StackThread['role'];
  /** What the thread did at its samples; `seen` of the window that the percentages are of. */
  samples: TopStates;
  seen: TopStates;
  /** Most own first; at most 500. */
  functions: TopFunction[];
}

export interface TopStates {
  /** Ran JavaScript, or C++ that JavaScript called. */
  running: number;
  /** In a system call, with JavaScript on its stack: the event loop stands still. */
  blocked: number;
  /** No JavaScript on its stack: it waited for events, or did work of Node's own. */
  idle: number;
  /** Could not be read at that moment; counted in no percentage. */
  unknown: number;
}

export interface TopFunction {
  /** The bare name; empty when it is anonymous. */
  function: string;
  class?: string;
  url: string;
  /** Where the function begins, 1-based; 0 when that is not known. Mapped to its source when there is a source map. */
  line: number;
  /** Samples with it innermost, and with it anywhere on the stack, since the start. */
  own: number;
  total: number;
  /** The same as time: the share of samples times `seconds`. */
  ownSeconds: number;
  totalSeconds: number;
  /** Percent of the samples in the window: the last second of a live table, all of it with `--once`. */
  ownPercent: number;
  totalPercent: number;
}

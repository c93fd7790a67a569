/** A report of `nops trace`: what computes it, and what prints it. */

import type { TraceResult } from '@nops/core/protocol/trace-results';
import type { Args } from '../command-line/args.js';
import type { Output } from '../output/output.js';
import type { OpenTrace } from './understand.js';

/** `print` is a method, so that a report of any result fits `TraceReport<TraceResult>`. */
export interface TraceReport<Result extends TraceResult = TraceResult> {
  /** Words between its name and its traces: `task <id>`. */
  takes: number;
  /** How many traces it is made of. */
  traces: 1 | 2;
  compute(traces: OpenTrace[], words: string[], args: Args): Result;
  print(result: Result, output: Output, args: Args): string;
}

export function firstOf(traces: readonly OpenTrace[]): OpenTrace {
  const [first] = traces;
  if (first === undefined) throw new Error('a report needs a trace');
  return first;
}

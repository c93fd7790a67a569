/** The results of `nops attach` and `nops eval`. Shapes only grow. */

import type { Result } from './results.js';

export interface AttachResult extends Result<'attach'> {
  /** Version of the agent that answers in the process now; null when it is older than this field. */
  agent: string | null;
  /** Its socket, as the process sees it. */
  socketPath: string;
  /** There was one already: nothing was done. */
  already: boolean;
  /** From the first look at the process until the agent answered, in milliseconds. */
  elapsedMs: number;
}

/** The answer of the agent's endpoint `lease`, when it ends. */
export interface LeaseResult {
  schema: 'nops.lease/1';
  pid: number;
  /** Whether it still unloads itself when nobody holds its lease. */
  leased: boolean;
}

export interface EvalResult extends Result<'eval'> {
  expression: string;
  /** By JSON; absent when it has no JSON (undefined, a function). */
  value?: unknown;
}

/** The result of `nops async`. Rules as in results.ts. */

import type { Result } from './results.js';

/** How a function waits for what stands before it: `await x`, `await Promise.all([x])`, `for await (... of x)`... */
export type AsyncLink = 'await' | 'all' | 'allSettled' | 'any' | 'race' | 'then' | 'iterate';

/** `nops async` and the agent's `async`: every suspended async function, as async call stacks. */
export interface AsyncResult extends Result<'async'> {
  node: string | null;
  v8: string | null;
  /** The process is never paused. */
  pausedMicros: 0;
  /** Suspended async functions and async generators in all; a stack has several. */
  suspended: number;
  /** Of them: what they awaited has settled, and they go on when the event loop comes to it. */
  runnable: number;
  /** Of them: not yet there, or somewhere else, in the first of the two scans. */
  inTransit: number;
  /** Of them: what they await could not be found, since it moved while it was read. */
  lost: number;
  /** Most stacks first; those that did not move in between before all others. */
  groups: AsyncGroup[];
  scan: { heapBytes: number; cpuMs: number; wallMs: number };
}

/** Stacks that look the same. */
export interface AsyncGroup {
  count: number;
  /** For at least how long none of its functions has gone on; 0: in transit, or runnable. */
  stuckMs: number;
  /** They only wait for their turn: what the innermost function awaited has settled. */
  runnable: boolean;
  /** Innermost first. */
  frames: AsyncFrame[];
  /** What keeps the innermost function waiting: informative, not proof. */
  waitsOn: AsyncCause[];
}

export interface AsyncFrame {
  /** The bare function name; empty when it is anonymous. */
  function: string;
  /** Empty when its script has no name. */
  url: string;
  /** 1-based, of the await; 0 when it is not known. */
  line: number;
  /** 1-based; 0 when it is not known. */
  column: number;
  /** How it waits for the frame before it; for the innermost, for what it waits on. */
  link: AsyncLink;
  /** Consecutive frames of Node's own or of packages that were folded into this one; absent: a frame as it is. */
  folded?: number;
  /** The arguments it was called with, when asked for. */
  values?: string[];
}

export interface AsyncCause {
  type: 'timer' | 'socket' | 'request' | 'fs' | 'function' | 'object' | 'consumer' | 'nothing' | 'unknown';
  detail: string;
  /** In how many of the stacks that were looked at. */
  count?: number;
}

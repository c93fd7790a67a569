/** What a walk over a stack finds. */

import type { StackFrame } from '@nops/core/protocol/results';
import type { SharedFunction } from '../v8/functions.js';

/** Which of V8's tiers made the code that runs. */
export type Tier = NonNullable<StackFrame['tier']>;

export interface RawFrame {
  kind: StackFrame['kind'];
  /** The function; undefined for wasm and routines without one. */
  shared: SharedFunction | undefined;
  /** In characters of the script; -1 when it is not known. */
  position: number;
  tier: Tier | undefined;
  /** Of V8's routine, for a frame in one; of the C++ function for a native one. */
  builtin: string | undefined;
  inlined: boolean;
  /** The function's object, as a tagged word; undefined where it is inlined. */
  callee: number | undefined;
  /** Its `this`, as a tagged word; undefined where it is inlined. */
  receiver: number | undefined;
  /** Of a native frame: the address that it returns into. */
  pc?: number;
}

/**
 * Where V8 says that a thread's JavaScript begins and was left, and where the innermost call from C++ into it begins. JavaScript often stands on C++ that stands on JavaScript: functions that await
 * run in microtasks, which a C++ function of Node's runs; modules and `vm` call likewise. js_entry_sp tells the outermost entry only.
 * V8 keeps a chain of handlers for its `try`, one for each entry, whose first is a word of its thread-local top; it lies below the frame:
 *
 *   entry frame  ─▶ fp                              js_entry_sp, when it is the outermost
 *                   fp - 8   marker: Entry
 *                   ...      saved registers, the c_entry_fp from before
 *   handler_     ─▶ fp - 88  (fp - 104 from V8 13 on, which saves two words more)
 *
 * Source: execution/thread-local-top.h, and Generate_JSEntryVariant with PushStackHandler in builtins/x64/builtins-x64.cc; the distances
 * were measured on 11.3, 12.4, 13.6 and 14.6.
 */

import type { V8Process } from '../v8/process.js';
import type { StackCopy } from './stack-copy.js';

/** Where an isolate says its JavaScript begins and was left: see entry-code.ts. 0: it does not run any; it was not left. */
export interface StackTop {
  cEntryFp: number;
  jsEntrySp: number;
  /** The handler of the innermost entry, see innermost-entry.ts; 0 where that is not known. */
  handler: number;
}

export function readTop(v8: V8Process, isolate: number): StackTop {
  const { rootBias, cEntryFp, jsEntrySp } = v8.heap.layout.entry;
  const bytes = v8.memory.read(isolate + rootBias, Math.max(cEntryFp, jsEntrySp) + 8);
  const word = (offset: number) => Number(bytes.readBigUInt64LE(offset));
  const handler = handlerOffset(v8);
  return { cEntryFp: word(cEntryFp), jsEntrySp: word(jsEntrySp), handler: handler === undefined ? 0 : word(handler) };
}

/** Where the handler is, from the start of the thread-local top's words that are known; undefined for a V8 that was not measured. */
function handlerOffset(v8: V8Process): number | undefined {
  const { cEntryFp, jsEntrySp } = v8.heap.layout.entry;
  const [major = 0] = v8.located.binary.version;
  if (major === 11) return cEntryFp + 8;
  return major >= 12 && major <= 14 ? jsEntrySp - 16 : undefined;
}

function distance(v8: V8Process): number {
  const [major = 0] = v8.located.binary.version;
  return major >= 13 ? 104 : 88;
}

/** The frame pointer of the innermost entry; the outermost one's where nothing better is known. */
export function innermostEntry(v8: V8Process, stack: StackCopy, top: StackTop): number {
  const fp = top.handler + distance(v8);
  if (top.handler === 0 || fp % 8 !== 0 || fp >= top.jsEntrySp || !stack.has(fp - 8)) return top.jsEntrySp;
  const [low, high] = stack.halves(fp - 8);
  const isEntry = high === 0 && low % 2 === 0 && /Entry$/.test(v8.heap.layout.frame.types.get(low >>> 1) ?? '');
  return isEntry ? fp : top.jsEntrySp;
}

/**
 * Finds the frame a thread is in from its stack pointer and program counter alone: the kernel tells these two of a stopped thread, and of
 * one that waits for a page, but no frame pointer. Every word from the stack pointer up may be one; what the program counter is in says
 * which frame must be there.
 */

import { findMapping } from '../mappings.js';
import type { Code } from '../v8/codes.js';
import type { V8Process } from '../v8/process.js';
import type { RawFrame } from './frames.js';
import { framesOfCode } from './js-frame.js';
import { isMisread } from './misread.js';
import type { StackCopy } from './stack-copy.js';
import type { StackTop } from './stack-top.js';
import { walk } from './walk.js';

const maxCandidates = 64;
const interpreterRoutine = /(?:Handler|InterpreterEntryTrampoline)$/;

interface Candidate {
  fp: number;
  frames: RawFrame[];
}

/** The frames, innermost first; undefined when none could be found that fits. */
export function findInnermost(
  v8: V8Process,
  stack: StackCopy,
  stackPointer: number,
  pc: number,
  top: StackTop,
): RawFrame[] | undefined {
  const routine = v8.builtins.nameAt(pc);
  const code = routine === undefined ? v8.codes.covering(pc) : undefined;
  if (code !== undefined) return inCode(v8, stack, stackPointer, pc, top, code);
  if (routine !== undefined && interpreterRoutine.test(routine)) {
    return candidates(v8, stack, stackPointer, top, () => pc).find(({ frames }) => frames[0]?.tier === 'interpreted')
      ?.frames;
  }
  // In C++ that was called without an exit frame, or in a routine without a frame of its own: what it was called from knows its address.
  const called = candidates(v8, stack, stackPointer, top, (fp, at) => returnInto(v8, stack, fp, at));
  return (called.find(({ frames }) => frames.length > 0) ?? candidates(v8, stack, stackPointer, top, () => 0)[0])
    ?.frames;
}

function inCode(
  v8: V8Process,
  stack: StackCopy,
  stackPointer: number,
  pc: number,
  top: StackTop,
  code: Code,
): RawFrame[] | undefined {
  const isBaseline = code.kind === v8.heap.layout.code.baseline;
  const wanted = isBaseline ? undefined : v8.codes.deoptData(code).shared;
  // One more: the address is that of the next instruction, not one behind a call.
  const fitting = candidates(v8, stack, stackPointer, top, () => pc + 1).find(({ frames }) =>
    isBaseline
      ? frames[0]?.tier === 'baseline'
      : frames.find(frame => !frame.inlined)?.shared?.pointer === wanted && frames[0]?.tier !== undefined,
  );
  if (fitting !== undefined) return fitting.frames;
  if (isBaseline) return undefined;
  // At its very beginning or end a function has no frame: its caller's is the first.
  const caller = candidates(v8, stack, stackPointer, top, (fp, at) => returnInto(v8, stack, fp, at))[0];
  return caller === undefined ? undefined : [...framesOfCode(v8, code, pc - code.start), ...caller.frames];
}

/** Every address from the stack pointer up that is a frame from which a walk reaches the outermost. */
function candidates(
  v8: V8Process,
  stack: StackCopy,
  stackPointer: number,
  top: StackTop,
  pcOf: (fp: number, stackPointer: number) => number,
): Candidate[] {
  const found: Candidate[] = [];
  for (let fp = stackPointer - (stackPointer % 8); fp < top.jsEntrySp && found.length < maxCandidates; fp += 8) {
    if (!stack.has(fp + 8)) break;
    const saved = stack.word(fp);
    if (!(saved > fp && saved <= top.jsEntrySp && saved % 8 === 0)) continue;
    if (findMapping(v8.mappings, stack.word(fp + 8))?.mode[2] !== 'x') continue;
    try {
      const frames = walk(v8, stack, top, fp, pcOf(fp, stackPointer));
      if (frames.length > 0) found.push({ fp, frames });
    } catch (error) {
      if (!isMisread(error)) throw error;
    }
  }
  return found;
}

/** The address that what was called from frame `fp` returns to: behind where it saved `fp`; 0 when it is not found. */
function returnInto(v8: V8Process, stack: StackCopy, fp: number, stackPointer: number): number {
  for (let at = fp - 16; at >= stackPointer && stack.has(at); at -= 8) {
    if (stack.word(at) !== fp) continue;
    const pc = stack.word(at + 8);
    if (findMapping(v8.mappings, pc)?.mode[2] === 'x') return pc;
  }
  return 0;
}

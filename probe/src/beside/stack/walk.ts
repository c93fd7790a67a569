/**
 * Walks the frames of a stack by their frame pointers, from an inner frame out to the one that entered JavaScript. Every frame has
 * its caller's frame pointer at 0 and the return address at 8; at -8 JavaScript has its context, all others their type.
 */

import { BadRead } from '../target-memory.js';
import type { V8Process } from '../v8/process.js';
import type { RawFrame } from './frames.js';
import { readJsFrame } from './js-frame.js';
import { nativeFrame } from './native.js';
import type { StackCopy } from './stack-copy.js';
import type { StackTop } from './stack-top.js';

/** Endless recursion ends at about 11 000 frames with Node's usual stack. */
const maxFrames = 50_000;
const maxNative = 200;
/** StackFrame::TypeToMarker shifts the type by one, as a Smi is without its upper half (execution/frames.h). */
const markerShift = 1;
const maxFrameType = 64;

/** The frames from `fp` on, innermost first. `pc`: an address within the code of that frame, 0 when it is not known. With `native`: C++ frames between them too. Throws `BadRead`. */
export function walk(
  v8: V8Process,
  stack: StackCopy,
  top: StackTop,
  fp: number,
  pc: number,
  native = false,
): RawFrame[] {
  const { frame, entry } = v8.heap.layout;
  const frames: RawFrame[] = [];
  let at = fp;
  let address = pc;
  for (let count = 0; count < maxFrames; count++) {
    const type = markerAt(stack, at - 8);
    if (type === undefined) {
      frames.push(...readJsFrame(v8, stack, at, address));
    } else {
      const name = frame.types.get(type);
      if (name === undefined) throw new BadRead(`no type of a frame: ${type}`);
      if (name === 'Entry' || name === 'ConstructEntry') {
        if (at === top.jsEntrySp) return frames;
        const next = stack.word(at + entry.nextExitFp);
        if (next <= at) throw new BadRead('not a chain of entries');
        if (native) frames.push(...nativeCallers(stack, at, next));
        at = next;
        address = 0;
        continue;
      }
      const special = readSpecial(v8, stack, at, name);
      if (special !== undefined) frames.push(special);
    }
    address = stack.word(at + 8);
    const caller = stack.word(at);
    if (caller <= at) throw new BadRead('not a chain of frames');
    at = caller;
  }
  throw new BadRead('too many frames');
}

/** The C++ frames between an entry into JavaScript and the exit before it, by the frame pointers that Node is built with. */
function nativeCallers(stack: StackCopy, entry: number, exit: number): RawFrame[] {
  const frames: RawFrame[] = [];
  for (let at = entry; at < exit && stack.has(at + 8) && frames.length < maxNative; ) {
    frames.push(nativeFrame(stack.word(at + 8)));
    const caller = stack.word(at);
    if (caller <= at) break;
    at = caller;
  }
  return frames;
}

/** The type of the frame whose word at -8 is at `address`; undefined when it is a context: then the frame is JavaScript's. */
function markerAt(stack: StackCopy, address: number): number | undefined {
  const [low, high] = stack.halves(address);
  if (low % 2 === 1) return undefined;
  const type = low >>> markerShift;
  if (high !== 0 || type > maxFrameType) throw new BadRead('neither a context nor the type of a frame');
  return type;
}

/** Frames that have a function of their own or tell of another language. */
function readSpecial(v8: V8Process, stack: StackCopy, fp: number, name: string): RawFrame | undefined {
  if (name === 'Wasm' || name === 'WasmInterpreterEntry') return special('wasm');
  if (name !== 'BuiltinExit') return undefined;
  // BuiltinExitFrameConstants: the function called is among the words above the return address (execution/frame-constants.h).
  for (const offset of [24, 16, 32]) {
    const word = stack.word(fp + offset);
    if (!v8.heap.isFunction(v8.heap.tryTypeOf(word))) continue;
    const shared = v8.functions.ofFunction(word);
    if (shared.script === undefined && shared.name !== '') return { ...special('builtin'), shared };
  }
  return undefined;
}

function special(kind: RawFrame['kind']): RawFrame {
  return {
    kind,
    shared: undefined,
    position: -1,
    tier: undefined,
    builtin: undefined,
    inlined: false,
    callee: undefined,
    receiver: undefined,
  };
}

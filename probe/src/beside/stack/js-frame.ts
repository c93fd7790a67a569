/**
 * Reads one JavaScript frame: which function runs in it, and where. An optimized frame tells of the calls inlined into it as well.
 * Source: execution/frame-constants.h, execution/frames.cc (Summarize).
 */

import { BadRead } from '../target-memory.js';
import { baselineOffset } from '../v8/bytecode.js';
import type { Code } from '../v8/codes.js';
import type { SharedFunction } from '../v8/functions.js';
import { isPointer } from '../v8/heap.js';
import type { V8Process } from '../v8/process.js';
import { decodePosition, lookUp } from '../v8/source-positions.js';
import type { RawFrame, Tier } from './frames.js';
import type { StackCopy } from './stack-copy.js';

const maxInlining = 64;
/** Routines that a function's bytecode runs in; handlers are entered from the trampoline and leave its frame in place. */
const interpreterRoutine = /^(?:InterpreterEntryTrampoline|Interpreter\w*|BaselineOrInterpreterEnter\w*|\w+Handler)$/;
const baselineRoutine = /^Baseline/;

/** The frames, innermost first, of the JavaScript frame at `fp` which runs at `pc`. Throws `BadRead`. */
export function readJsFrame(v8: V8Process, stack: StackCopy, fp: number, pc: number): RawFrame[] {
  const { frame } = v8.heap.layout;
  const functionWord = stack.word(fp + frame.function);
  if (!v8.heap.isFunction(v8.heap.typeOf(functionWord))) throw new BadRead('no function in the frame');
  const shared = v8.functions.ofFunction(functionWord);
  // What JavaScript enters WebAssembly by; the frame of WebAssembly itself is another.
  if (shared.script?.url.startsWith('wasm://') === true) return [];
  const found = new FrameReader(v8, stack, fp, pc, functionWord, shared);
  return found.read();
}

class FrameReader {
  readonly #v8: V8Process;
  readonly #stack: StackCopy;
  readonly #fp: number;
  readonly #pc: number;
  readonly #function: number;
  readonly #shared: SharedFunction;

  constructor(v8: V8Process, stack: StackCopy, fp: number, pc: number, functionWord: number, shared: SharedFunction) {
    this.#v8 = v8;
    this.#stack = stack;
    this.#fp = fp;
    this.#pc = pc;
    this.#function = functionWord;
    this.#shared = shared;
  }

  read(): RawFrame[] {
    if (this.#pc === 0) return this.#withoutAddress();
    const routine = this.#v8.builtins.nameAt(this.#pc);
    if (routine === '?') return this.#inUnnamedRoutine();
    if (routine !== undefined && interpreterRoutine.test(routine)) return this.#interpreted();
    if (routine !== undefined && (this.#shared.script === undefined || !baselineRoutine.test(routine))) {
      return [this.#frame('builtin', -1, { builtin: routine })];
    }
    const code = this.#code();
    if (code === undefined) {
      // --interpreted-frames-native-stack gives every function a copy of the interpreter's entry.
      if (this.#hasBytecode()) return this.#interpreted();
      throw new BadRead('no code at this address');
    }
    const { baseline } = this.#v8.heap.layout.code;
    if (code.kind < baseline) return this.#interpreted();
    return code.kind === baseline ? this.#baseline(code) : this.#optimized(code);
  }

  /** Interpreted code keeps its offset in the frame; of compiled code only the function is known. */
  #withoutAddress(): RawFrame[] {
    if (this.#hasBytecode()) return this.#interpreted();
    return [this.#frame(this.#shared.script === undefined ? 'builtin' : 'js', -1, {})];
  }

  /** In a stripped executable: a frame with bytecode and an offset in it is interpreted. */
  #inUnnamedRoutine(): RawFrame[] {
    return this.#hasBytecode() ? this.#interpreted() : [this.#frame('builtin', -1, {})];
  }

  #hasBytecode(): boolean {
    const { heap } = this.#v8;
    const [low, high] = this.#stack.halves(this.#fp + heap.layout.frame.bytecodeOffset);
    const array = this.#stack.word(this.#fp + heap.layout.frame.bytecodeArray);
    return low === 0 && high > 0 && heap.tryTypeOf(array) === heap.layout.types.bytecodeArray;
  }

  #interpreted(): RawFrame[] {
    const { heap, bytecodes } = this.#v8;
    const [low, high] = this.#stack.halves(this.#fp + heap.layout.frame.bytecodeOffset);
    if (low !== 0) throw new BadRead('not the offset of a bytecode');
    const bytecode = bytecodes.at(this.#stack.word(this.#fp + heap.layout.frame.bytecodeArray));
    return [this.#frame('js', bytecodes.position(bytecode, bytecodes.offsetOf(high)), { tier: 'interpreted' })];
  }

  #baseline(code: Code): RawFrame[] {
    const { heap, bytecodes, codes, located } = this.#v8;
    const bytecode = bytecodes.at(this.#stack.word(this.#fp + heap.layout.frame.bytecodeArray));
    const sizes = located.binary.bytecodeSizes;
    if (sizes === null) return [this.#frame('js', -1, { tier: 'baseline' })];
    const offset = baselineOffset(codes.table(code), bytecodes.bytes(bytecode), sizes, this.#pc - code.start - 1);
    return [this.#frame('js', bytecodes.position(bytecode, offset), { tier: 'baseline' })];
  }

  #optimized(code: Code): RawFrame[] {
    const { codes, heap } = this.#v8;
    const data = codes.deoptData(code);
    if (data.shared !== this.#shared.pointer) throw new BadRead('code of another function');
    const tier = code.kind === heap.layout.code.maglev ? 'maglev' : 'turbofan';
    const offset = codes.returnOffset(code, this.#pc - code.start) - 1;
    return expand(this.#v8, code, offset).map(({ shared, position, inlined }) =>
      inlined ? inlinedFrame(shared ?? this.#shared, position, tier) : this.#frame('js', position, { tier }),
    );
  }

  /** The function's own code when it covers the address, else whatever does: replaced on the stack, or older. */
  #code(): Code | undefined {
    const { heap, codes } = this.#v8;
    const field = heap.layout.function.code;
    const own = field === null ? -1 : heap.field(this.#function, field);
    if (isPointer(own) && heap.tryTypeOf(own) === heap.layout.types.code) {
      const code = codes.at(own);
      if (this.#pc >= code.start && this.#pc <= code.start + code.size) return code;
    }
    return codes.covering(this.#pc);
  }

  #frame(kind: RawFrame['kind'], position: number, more: Partial<Pick<RawFrame, 'tier' | 'builtin'>>): RawFrame {
    const at = this.#fp + this.#v8.heap.layout.frame.receiver;
    return {
      kind,
      shared: this.#shared,
      position,
      tier: more.tier,
      builtin: more.builtin,
      inlined: false,
      callee: this.#function,
      receiver: this.#stack.has(at) ? this.#stack.word(at) : undefined,
    };
  }
}

/** The frames that optimized code stands for at `offset`, without a look at a stack: a function at its beginning or end has no frame. */
export function framesOfCode(v8: V8Process, code: Code, offset: number): RawFrame[] {
  const outer = v8.functions.at(v8.codes.deoptData(code).shared);
  const tier = code.kind === v8.heap.layout.code.maglev ? 'maglev' : 'turbofan';
  return expand(v8, code, offset).map(({ shared, position, inlined }) => ({
    ...inlinedFrame(shared ?? outer, position, tier),
    inlined,
  }));
}

interface Expanded {
  /** undefined: the function that the code is of. */
  shared: SharedFunction | undefined;
  position: number;
  inlined: boolean;
}

/** The position at `offset`, and those of the calls that were inlined there, innermost first (SourcePosition::InliningStack). */
function expand({ codes, functions, heap }: V8Process, code: Code, offset: number): Expanded[] {
  const data = codes.deoptData(code);
  let position = lookUp(codes.table(code), heap.layout.positionEncoding, offset);
  const frames: Expanded[] = [];
  for (let depth = 0; position !== undefined && position.inlining > 0 && depth < maxInlining; depth++) {
    if (data.positions === undefined) throw new BadRead('inlined, but nothing was');
    const at = 16 * (position.inlining - 1);
    if (at + 16 > data.positions.length) throw new BadRead('not an inlined call');
    const index = data.positions.readInt32LE(at + 8);
    const shared = index < 0 ? undefined : functions.at(data.inlined[index] ?? 0);
    frames.push({ shared, position: position.isExternal ? -1 : position.position, inlined: true });
    const caller = decodePosition(data.positions.readUInt32LE(at) + data.positions.readUInt32LE(at + 4) * 2 ** 32);
    if (caller.inlining >= position.inlining) throw new BadRead('a call inlined into itself');
    position = caller;
  }
  const outermost = position === undefined || position.isExternal ? -1 : position.position;
  return [...frames, { shared: undefined, position: outermost, inlined: false }];
}

function inlinedFrame(shared: SharedFunction, position: number, tier: Tier): RawFrame {
  const kind = shared.script === undefined ? 'builtin' : 'js';
  return { kind, shared, position, tier, builtin: undefined, inlined: true, callee: undefined, receiver: undefined };
}

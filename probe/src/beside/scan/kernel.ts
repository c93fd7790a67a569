/**
 * The scan kernel: three searches over a chunk of memory, for whole words of 8 bytes. Where vector instructions are there they look at
 * 16 or 32 bytes at a time; built from the expressions below when it is first used. `plain.ts` does the same without WebAssembly.
 *
 *   memory of the kernel:  [ chunk | offsets found, 32-bit each | marks, one byte each ]
 *
 * Each search is given where the chunk begins and ends, and says how many offsets it has found. When it stops because there is no room
 * for more, the search is begun again behind the last of them.
 */

import { assemble, type Code, control, i32, local, v128, valueTypes } from './assembler.js';

/** As much as stays in a core's second-level cache while it is searched. */
export const chunkBytes = 1 << 20;
export const maxFound = 1 << 16;
/** One for each value of bits 3 to 18 of a word. */
export const markCount = 1 << 16;

/** Right behind the chunk. */
export const foundAt = 1 << 20;
export const marksAt = foundAt + 4 * maxFound;
export const memoryPages = (marksAt + markCount) >>> 16;

/** The searches, all giving the number of offsets found. Offsets are multiples of the bytes that are looked at in one step. */
export interface Kernel {
  memory: Uint8Array<ArrayBuffer>;
  /** Blocks of 32 bytes that have a word equal to one of four. */
  words(from: number, end: number, a: bigint, b: bigint, c: bigint, d: bigint): number;
  /** Blocks of 16 bytes that have one of four half-words 4 bytes behind the begin of a word. */
  halves(from: number, end: number, a: number, b: number, c: number, d: number): number;
  /** Words whose bits 3 to 18 are marked. */
  marked(from: number, end: number): number;
}

const { i32: int, i64: long, v128: vector } = valueTypes;
const [from, end] = [0, 1];

/** `memory[foundAt + 4 * count++] = at`. */
function note(count: number, at: Code): Code {
  return [
    ...i32.store(i32.add(i32.const(foundAt), i32.shl(local.get(count), i32.const(2))), at),
    ...local.set(count, i32.add(local.get(count), i32.const(1))),
  ];
}

/** `for (; from < end && count <= maxFound - 4; from += step) body`, then the count: a body finds four at most. */
function search(count: number, step: number, body: Code): Code {
  return [
    ...control.loop([
      ...control.branchIf(1, i32.atLeastUnsigned(local.get(from), local.get(end))),
      ...control.branchIf(1, i32.atLeastUnsigned(local.get(count), i32.const(maxFound - 3))),
      ...body,
      ...local.set(from, i32.add(local.get(from), i32.const(step))),
      ...control.branch(0),
    ]),
    ...local.get(count),
  ];
}

/** `x == a || x == b || ...`, lane by lane. */
function anyOf(equal: (left: Code, right: Code) => Code, x: Code, needles: readonly number[]): Code {
  return needles.map(needle => equal(x, local.get(needle))).reduce(v128.or);
}

function words() {
  const wide = [6, 7, 8, 9];
  const [low, high, count] = [10, 11, 12];
  return {
    name: 'words',
    params: [int, int, long, long, long, long],
    locals: [vector, vector, vector, vector, vector, vector, int],
    body: [
      ...wide.flatMap((needle, index) => local.set(needle, v128.splat64(local.get(2 + index)))),
      ...search(count, 32, [
        ...local.set(low, v128.load(local.get(from))),
        ...local.set(high, v128.load(local.get(from), 16)),
        ...control.when(
          v128.anyTrue(v128.or(anyOf(v128.equal64, local.get(low), wide), anyOf(v128.equal64, local.get(high), wide))),
          note(count, local.get(from)),
        ),
      ]),
    ],
  };
}

function halves() {
  const wide = [6, 7, 8, 9];
  const [block, count] = [10, 11];
  // Half-words 2 and 6 of the eight.
  const lanes = v128.const([0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0]);
  return {
    name: 'halves',
    params: [int, int, int, int, int, int],
    locals: [vector, vector, vector, vector, vector, int],
    body: [
      ...wide.flatMap((needle, index) => local.set(needle, v128.splat16(local.get(2 + index)))),
      ...search(count, 16, [
        ...local.set(block, v128.load(local.get(from))),
        ...control.when(
          v128.anyTrue(v128.and(anyOf(v128.equal16, local.get(block), wide), lanes)),
          note(count, local.get(from)),
        ),
      ]),
    ],
  };
}

function marked() {
  const count = 2;
  const mark = (offset: number) =>
    i32.loadByte(
      i32.and(i32.shrUnsigned(i32.load(local.get(from), offset), i32.const(3)), i32.const(markCount - 1)),
      marksAt,
    );
  const each = [0, 8, 16, 24];
  return {
    name: 'marked',
    params: [int, int],
    locals: [int],
    // Four words at a time: hits are rare.
    body: search(count, 32, [
      ...control.when(
        each.map(mark).reduce(i32.or),
        each.flatMap(offset => control.when(mark(offset), note(count, i32.add(local.get(from), i32.const(offset))))),
      ),
    ]),
  };
}

/** What is used of WebAssembly's JavaScript interface; TypeScript has its types among the browser's only. */
interface WebAssemblyLike {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => { exports: Omit<Kernel, 'memory'> & { memory: { buffer: ArrayBuffer } } };
}

/** undefined where there is no WebAssembly (`node --jitless`), or no vector instructions in it. */
export function vectorKernel(): Kernel | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyLike };
  if (WebAssembly === undefined) return undefined;
  try {
    const module = new WebAssembly.Module(assemble([words(), halves(), marked()], memoryPages));
    const { exports } = new WebAssembly.Instance(module);
    return {
      memory: new Uint8Array(exports.memory.buffer),
      words: exports.words,
      halves: exports.halves,
      marked: exports.marked,
    };
  } catch {
    return undefined;
  }
}

/** Looks for words in the memory of a process, chunk by chunk: for given pointers, or for maps by the instance type in them. */

import type { Memory } from '../target-memory.js';
import { chunkBytes, foundAt, type Kernel, markCount, marksAt, maxFound, vectorKernel } from './kernel.js';
import { plainKernel } from './plain.js';

/** Addresses from `start` up to `end`, whole words. */
export interface Range {
  start: number;
  end: number;
}

/** What is being scanned: words of the chunk by offset, and where the chunk lies in the process. */
export class Chunk {
  readonly bytes: Buffer;
  readonly #words: Uint32Array;
  address = 0;
  /** Bytes that could be read. */
  length = 0;

  constructor(memory: Uint8Array<ArrayBuffer>) {
    this.bytes = Buffer.from(memory.buffer, 0, chunkBytes);
    this.#words = new Uint32Array(memory.buffer, 0, chunkBytes >>> 2);
  }

  /** The word at `offset` as a number; words above 2^53 lose their lowest bits, and are no addresses. */
  word(offset: number): number {
    const at = offset >>> 2;
    return (this.#words[at] ?? 0) + (this.#words[at + 1] ?? 0) * 0x1_0000_0000;
  }
}

/** A set of words, or a map by them. */
export interface Needles {
  has(word: number): boolean;
  keys(): Iterable<number>;
}

/** What was found: `offset` in the chunk. */
export type Found = (offset: number, chunk: Chunk) => void;

/** More than this many needles are looked for by marks. */
const maxCompared = 4;
/** objects/map.h: a map's instance type is the half-word 12 bytes into it. Checked against V8's constant by who asks for maps. */
const typeOffset = 12;

export class Scanner {
  readonly #kernel: Kernel;
  readonly #chunk: Chunk;
  readonly #found: Uint32Array;
  readonly #halves: Uint16Array;
  /** Bytes that were read so far. */
  readBytes = 0;

  constructor(kernel: Kernel = vectorKernel() ?? plainKernel()) {
    this.#kernel = kernel;
    this.#chunk = new Chunk(kernel.memory);
    this.#found = new Uint32Array(kernel.memory.buffer, foundAt, maxFound);
    this.#halves = new Uint16Array(kernel.memory.buffer, 0, chunkBytes >>> 1);
  }

  /** Every word in `ranges` that is one of `needles`, which must be tagged pointers. */
  words(memory: Memory, ranges: Iterable<Range>, needles: Needles, found: Found): void {
    const all = [...needles.keys()];
    if (all.length === 0) return;
    if (all.length > maxCompared) this.#mark(all);
    for (const end of this.#chunks(memory, ranges)) {
      if (all.length > maxCompared) this.#eachMarked(end, needles, found);
      else this.#eachEqual(end, all, needles, found);
    }
  }

  /** The begin of everything in `ranges` that could be a map of one of at most four instance types. */
  maps(memory: Memory, ranges: Iterable<Range>, types: readonly number[], found: Found): void {
    const [a = 0, b = a, c = a, d = a] = types;
    for (const end of this.#chunks(memory, ranges)) {
      this.#all(
        from => this.#kernel.halves(from, end, a, b, c, d),
        16,
        block => {
          for (const at of [block + 4, block + 12]) {
            const offset = at - typeOffset;
            if (offset >= 0 && types.includes(this.#halves[at >>> 1] ?? -1)) found(offset, this.#chunk);
          }
        },
      );
    }
  }

  /** Reads chunk after chunk; gives how many bytes of it there are, rounded up to what a search looks at in one step. */
  *#chunks(memory: Memory, ranges: Iterable<Range>): Generator<number> {
    const chunk = this.#chunk;
    for (const { start, end } of ranges) {
      for (let address = start; address < end; address += chunkBytes) {
        const length = memory.readInto(chunk.bytes, address, Math.min(chunkBytes, end - address));
        this.readBytes += length;
        const rounded = (length + 31) & ~31;
        chunk.bytes.fill(0, length, rounded);
        chunk.address = address;
        chunk.length = length;
        if (length > 0) yield rounded;
      }
    }
  }

  #eachEqual(end: number, all: readonly number[], needles: Needles, found: Found): void {
    const [a = 0n, b = a, c = a, d = a] = all.map(BigInt);
    this.#all(
      from => this.#kernel.words(from, end, a, b, c, d),
      32,
      block => {
        for (let offset = block; offset < block + 32; offset += 8) {
          if (needles.has(this.#chunk.word(offset))) found(offset, this.#chunk);
        }
      },
    );
  }

  #eachMarked(end: number, needles: Needles, found: Found): void {
    this.#all(
      from => this.#kernel.marked(from, end),
      32,
      offset => {
        if (needles.has(this.#chunk.word(offset))) found(offset, this.#chunk);
      },
    );
  }

  /** Runs a search to its end, also when it has to stop for want of room. */
  #all(search: (from: number) => number, step: number, use: (offset: number) => void): void {
    for (let from = 0; ; ) {
      const count = search(from);
      for (let index = 0; index < count; index++) use(this.#found[index] ?? 0);
      if (count < maxFound - 3) return;
      const last = this.#found[count - 1] ?? 0;
      from = last - (last % step) + step;
    }
  }

  #mark(needles: readonly number[]): void {
    const marks = this.#kernel.memory.subarray(marksAt, marksAt + markCount);
    marks.fill(0);
    // `>>>` takes a number modulo 2^32.
    for (const needle of needles) marks[(needle >>> 3) & (markCount - 1)] = 1;
  }
}

/** A copy of a part of a thread's stack, made by one read, so that all its words are of the same moment. */

import { addressAt, BadRead, type Memory } from '../target-memory.js';

/** Node's stacks have 1 MB for JavaScript unless --stack-size says otherwise; more is none. */
const maxBytes = 64 << 20;

export class StackCopy {
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;

  /** From `start` up to `end`. Throws `BadRead`. */
  constructor(memory: Memory, start: number, end: number) {
    if (!(start > 0 && start < end) || end - start > maxBytes) throw new BadRead('not a range of a stack');
    this.start = start;
    this.end = end;
    this.bytes = memory.read(start, end - start);
  }

  has(address: number): boolean {
    return address >= this.start && address + 8 <= this.end && address % 8 === 0;
  }

  /** The word at `address` as an address, -1 when it is none. Throws `BadRead` outside. */
  word(address: number): number {
    return addressAt(this.bytes, this.#offset(address));
  }

  /** The lower and the upper half of the word at `address`. Throws `BadRead` outside. */
  halves(address: number): [low: number, high: number] {
    const offset = this.#offset(address);
    return [this.bytes.readUInt32LE(offset), this.bytes.readInt32LE(offset + 4)];
  }

  #offset(address: number): number {
    if (!this.has(address)) throw new BadRead('outside of the stack');
    return address - this.start;
  }
}

/**
 * The memory of a process through a cache of pages: thousands of objects that lie close together are read with few system calls.
 * Objects move and change meanwhile, so what is kept is forgotten before each look: `forget`.
 */

import { addressAt, BadRead, type Memory } from '../target-memory.js';
import type { HeapMemory } from '../v8/heap.js';

const pageShift = 14;
const pageBytes = 1 << pageShift;
/** 32 MiB in all. */
const maxPages = 2048;
const high = 0x1_0000_0000;

export class PagedMemory implements HeapMemory {
  readonly memory: Memory;
  readonly #bytes = Buffer.alloc(maxPages * pageBytes);
  readonly #words: Uint32Array;
  /** Which page each place has; 0 for none. */
  readonly #pages = new Float64Array(maxPages);
  /** How much of it could be read. */
  readonly #lengths = new Int32Array(maxPages);

  constructor(memory: Memory) {
    this.memory = memory;
    this.#words = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length >>> 2);
  }

  forget(): void {
    this.#pages.fill(0);
  }

  /** The word at `address`, a multiple of 8, as a number (above 2^53 without its lowest bits); NaN where there is none. */
  word(address: number): number {
    const place = this.#place(address);
    const within = address % pageBytes;
    if (place < 0 || within + 8 > (this.#lengths[place] ?? 0) || address % 8 !== 0) return Number.NaN;
    const at = place * (pageBytes >>> 2) + (within >>> 2);
    return (this.#words[at] ?? 0) + (this.#words[at + 1] ?? 0) * high;
  }

  read(address: number, size: number, into?: Buffer): Buffer {
    if (size > pageBytes) return this.memory.read(address, size, into);
    const bytes = into ?? Buffer.allocUnsafe(size);
    for (let done = 0; done < size; ) {
      const place = this.#place(address + done);
      const within = (address + done) % pageBytes;
      const count = place < 0 ? 0 : Math.min(size - done, (this.#lengths[place] ?? 0) - within);
      if (count <= 0) throw new BadRead(`not readable: 0x${address.toString(16)}`);
      this.#bytes.copy(bytes, done, place * pageBytes + within, place * pageBytes + within + count);
      done += count;
    }
    return bytes;
  }

  pointer(address: number): number {
    return addressAt(this.read(address, 8), 0);
  }

  uint32(address: number): number {
    return this.read(address, 4).readUInt32LE(0);
  }

  uint16(address: number): number {
    return this.read(address, 2).readUInt16LE(0);
  }

  /** Where the page of `address` is kept, read when need be; -1 when it can't be. */
  #place(address: number): number {
    if (!(address > 0xffff && address < 2 ** 47)) return -1;
    const page = Math.floor(address / pageBytes);
    const place = page % maxPages;
    if (this.#pages[place] !== page) {
      const bytes = this.#bytes.subarray(place * pageBytes, (place + 1) * pageBytes);
      this.#lengths[place] = this.memory.readInto(bytes, page * pageBytes, pageBytes);
      this.#pages[place] = page;
    }
    return place;
  }
}

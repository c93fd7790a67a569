/** The pages of V8's heaps, found among a process's anonymous mappings by their headers: of the main thread and of workers. */

import type { Mapping } from '../mappings.js';
import type { Chunk, Range } from '../scan/scanner.js';
import { addressAt, type Memory } from '../target-memory.js';
import { type AsyncLayout, fromPageFlag, pageBytes } from './layout.js';

export interface HeapPage extends Range {
  /** V8's Heap that it belongs to, which is a part of its Isolate; 0: of the read-only heap that all share. */
  heap: number;
}

/** 128 GiB of heap. */
const maxPages = 1 << 19;
const headerBytes = 80;
/** Objects begin within this: behind the header and the bits of the collector. */
const maxHeader = 0x2000;
const maxPageBytes = 2 ** 34;

/** Ascending. A page begins at its header, so that its flags are read together with what is in it. */
export function findHeapPages(memory: Memory, mappings: readonly Mapping[], { page }: AsyncLayout): HeapPage[] {
  const found: HeapPage[] = [];
  const bytes = Buffer.alloc(headerBytes);
  for (const { start, end, inode, path, mode } of mappings) {
    // Anonymous memory may have been given a name (PR_SET_VMA_ANON_NAME, prctl(2)).
    const isAnonymous = inode === 0 && (path === '' || path.startsWith('[anon'));
    if (!isAnonymous || mode[0] !== 'r') continue;
    for (let address = Math.ceil(start / pageBytes) * pageBytes; address < end; address += pageBytes) {
      const header = readHeader(address);
      if (header === undefined) continue;
      // Of pages of the read-only heap what was not needed is unmapped.
      found.push({ ...header, end: Math.min(header.end, end) });
      if (found.length >= maxPages) return found;
      address += Math.floor((header.end - 1 - address) / pageBytes) * pageBytes;
    }
  }
  return found;

  function readHeader(address: number): HeapPage | undefined {
    if (memory.readInto(bytes, address, headerBytes) !== headerBytes) return undefined;
    if (page.rest !== null) {
      const rest = addressAt(bytes, page.rest);
      if (rest <= 0xffff || memory.readInto(bytes, rest, headerBytes) !== headerBytes) return undefined;
    }
    const areaStart = addressAt(bytes, page.areaStart);
    const end = addressAt(bytes, page.areaEnd);
    const isHeader = areaStart > address && areaStart <= address + maxHeader && areaStart % 8 === 0;
    if (!isHeader || end <= areaStart || end - address > maxPageBytes) return undefined;
    return { start: address, end, heap: Math.max(0, addressAt(bytes, page.heap)) };
  }
}

/** Whether a word of a chunk lies in the half of the young generation that was collected last: what lives was moved from there. */
export function isLeftBehind(chunk: Chunk, offset: number, { page }: AsyncLayout): boolean {
  const address = chunk.address + offset;
  const flagsAt = address - (address % pageBytes) - chunk.address + page.flags;
  return flagsAt >= 0 && ((chunk.word(flagsAt) % 0x1_0000_0000) & fromPageFlag) !== 0;
}

/** Returns a function that gives the heap an address belongs to: 0 for no heap, or the read-only one. `pages` must be sorted. */
export function heapLookup(pages: readonly HeapPage[]): (address: number) => number {
  let last: HeapPage = { start: 0, end: 0, heap: 0 };
  return address => {
    if (address >= last.start && address < last.end) return last.heap;
    let low = 0;
    for (let high = pages.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((pages[middle]?.end ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    const page = pages[low];
    if (page === undefined || page.start > address) return 0;
    last = page;
    return page.heap;
  };
}

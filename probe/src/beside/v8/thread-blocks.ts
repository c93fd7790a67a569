/**
 * Finds the thread control block of each thread, where its thread-local variables are, without ptrace: it holds its own address twice
 * and the thread's id. Source: glibc's sysdeps/x86_64/nptl/tls.h (tcbhead_t) and nptl/descr.h (struct pthread). One that is found leads to the
 * others: see thread-ring.ts.
 */

import type { Mapping } from '../mappings.js';
import { addressAt, type Memory } from '../target-memory.js';
import { threadAt, walkThreadRing } from './thread-ring.js';

/** Offsets in struct pthread: header.tcb, header.self, tid; the same in glibc 2.17 to 2.42 for x86-64. */
const selfOffset = 0x10;
const tidOffset = 0x2d0;
const blockBytes = tidOffset + 8;

/** The top of a thread's stack holds its block; static thread-local data lies below it, so look a bit further. */
const stackTopBytes = 0x8000;
const minStackBytes = 0x8000;
const maxSmallBytes = 1 << 20;
const maxScannedBytes = 64 << 20;
/** Of all mappings, read anew in each pass: a process may have thousands that nothing was ever written to. */
const maxTotalBytes = 1 << 30;

/** What was found before in the same memory. A block stays where it is as long as its thread lives. */
const foundBefore = new WeakMap<Memory, ReadonlyMap<number, number>>();

/**
 * The block of every thread in `tids` (as the process itself counts them) that is found. All of its memory is searched for that of `main` only,
 * which the process made itself: others are in the ring, or have ended meanwhile.
 */
export function findThreadBlocks(memory: Memory, mappings: readonly Mapping[], tids: readonly number[], main: number) {
  const wanted = new Set(tids);
  const found = new Map(
    [...(foundBefore.get(memory) ?? [])].filter(([tid, block]) => wanted.has(tid) && threadAt(memory, block) === tid),
  );
  foundBefore.set(memory, found);
  addRing(memory, wanted, found);
  const writable = mappings.filter(
    ({ mode, inode, path }) => mode.startsWith('rw') && inode === 0 && isAnonymous(path),
  );
  let left = maxTotalBytes;
  const scanBounded = (start: number, end: number): void => {
    left -= end - start;
    if (left >= 0) scanRange(memory, start, end, wanted, found);
  };
  for (const { start, end } of writable) {
    if (found.size === wanted.size || [...found.keys()].some(tid => tid !== main)) break;
    if (end - start < minStackBytes) continue;
    scanBounded(Math.max(start, end - stackTopBytes), end);
    addRing(memory, wanted, found);
  }
  // The main thread's is in a small mapping among the libraries; a statically linked program has it on the heap.
  const scan = (start: number, end: number): void => {
    if (!found.has(main)) scanBounded(start, end);
  };
  // Libraries are mapped first, and so at the highest addresses.
  for (const { start, end } of writable.toReversed()) if (end - start <= maxSmallBytes) scan(start, end);
  // The kernel joins neighbours that are alike: then it is in a larger one, but hardly in the largest, such as a heap of malloc's.
  const bySize = writable.toSorted((a, b) => a.end - a.start - (b.end - b.start));
  for (const { start, end } of bySize) if (end - start <= maxScannedBytes) scan(start, end);
  return found;
}

function addRing(memory: Memory, wanted: Set<number>, found: Map<number, number>): void {
  for (const block of [...found.values()]) {
    for (const [tid, other] of walkThreadRing(memory, block)) if (wanted.has(tid)) found.set(tid, other);
  }
}

/** Thread stacks can be named by the kernel or by prctl: `[anon:...]`, `[stack:123]`. */
function isAnonymous(path: string): boolean {
  return path === '' || path === '[heap]' || path.startsWith('[anon') || path.startsWith('[stack:');
}

function scanRange(memory: Memory, start: number, end: number, wanted: Set<number>, found: Map<number, number>): void {
  const bytes = Buffer.allocUnsafe(end - start);
  const size = memory.readInto(bytes, start, end - start);
  for (let offset = 0; offset + blockBytes <= size; offset += 16) {
    const address = start + offset;
    if (bytes.readUInt32LE(offset) !== address % 2 ** 32 || addressAt(bytes, offset) !== address) continue;
    if (addressAt(bytes, offset + selfOffset) !== address) continue;
    const tid = bytes.readInt32LE(offset + tidOffset);
    if (wanted.has(tid) && !found.has(tid)) found.set(tid, address);
  }
}

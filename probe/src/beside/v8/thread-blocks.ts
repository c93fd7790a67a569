/**
 * Finds the thread control block of each thread, where its thread-local variables are, without ptrace: it holds its own address twice
 * and the thread's id. Source: glibc's sysdeps/x86_64/nptl/tls.h (tcbhead_t) and nptl/descr.h (struct pthread).
 */

import type { Mapping } from '../mappings.js';
import { addressAt, type Memory } from '../target-memory.js';

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

/** The block of every thread in `tids` (as the process itself counts them) that is found. */
export function findThreadBlocks(memory: Memory, mappings: readonly Mapping[], tids: readonly number[]) {
  const found = new Map<number, number>();
  const wanted = new Set(tids);
  const writable = mappings.filter(
    ({ mode, inode, path }) => mode.startsWith('rw') && inode === 0 && isAnonymous(path),
  );
  let left = maxTotalBytes;
  const scan = (start: number, end: number): void => {
    left -= end - start;
    if (found.size < wanted.size && left >= 0) scanRange(memory, start, end, wanted, found);
  };
  for (const { start, end } of writable) {
    if (end - start >= minStackBytes) scan(Math.max(start, end - stackTopBytes), end);
  }
  // The main thread's is in a small mapping among the libraries; a statically linked program has it on the heap.
  for (const { start, end } of writable) if (end - start <= maxSmallBytes) scan(start, end);
  for (const { start, end } of writable) if (end - start <= maxScannedBytes) scan(start, end);
  return found;
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

/**
 * Finds the isolate of each thread that runs JavaScript: V8 keeps it in the thread-local v8::internal::g_current_isolate_
 * (execution/isolate.cc).
 */

import type { Mapping } from '../mappings.js';
import { listNumbers, readStatus } from '../procfs.js';
import { addressAt, BadRead, type Memory } from '../target-memory.js';
import { type Heap, isPointer } from './heap.js';
import type { LocatedV8 } from './locate.js';
import { findThreadBlocks } from './thread-blocks.js';

/** The modules of a dynamic thread vector that are looked at: libnode is among the first libraries. */
const maxModules = 64;
/** The table of roots begins within this, and has far more pointers to the heap than this. */
const rootsBytes = 0x800;
const minRoots = 30;

/** Isolates by thread id (as in our /proc); threads without one are left out. Throws `no-target`. */
export function findIsolates(
  memory: Memory,
  mappings: readonly Mapping[],
  located: LocatedV8,
  heap: Heap,
): Map<number, number> {
  const { pid } = memory;
  const ownIds = new Map<number, number>();
  for (const tid of listNumbers(pid, 'task')) ownIds.set(ownId(pid, tid), tid);
  const blocks = findThreadBlocks(memory, mappings, [...ownIds.keys()], ownId(pid, pid));
  const result = new Map<number, number>();
  const threads = [...blocks].map(([id, block]) => ({ tid: ownIds.get(id) ?? id, block }));
  // The main thread first: it tells which of a library's modules V8 is, where the words of others may look like it too.
  threads.sort((a, b) => Number(b.tid === pid) - Number(a.tid === pid));
  let module: number | undefined;
  for (const { tid, block } of threads) {
    const found = tryCandidates(memory, located, block).find(
      candidate => (module ?? candidate.module) === candidate.module && isIsolate(memory, heap, candidate.address),
    );
    if (found === undefined) continue;
    module ??= found.module;
    result.set(tid, found.address);
  }
  return result;
}

interface Candidate {
  /** Which module of the process it was found by; 0 is the executable. */
  module: number;
  address: number;
}

/** Addresses at which the isolate of the thread with this control block may be; none for one that ended meanwhile. */
export function isolatesOf(memory: Memory, located: LocatedV8, block: number): number[] {
  return tryCandidates(memory, located, block).map(({ address }) => address);
}

/** The thread's id in its own pid namespace, which is what its control block has. */
export function ownId(pid: number, tid: number): number {
  try {
    return readStatus(pid, tid).nsPid.at(-1) ?? tid;
  } catch {
    return tid; // it ended meanwhile
  }
}

/** None for a thread that ended meanwhile: its memory may be gone. */
function tryCandidates(memory: Memory, located: LocatedV8, block: number): Candidate[] {
  try {
    return candidates(memory, located, block);
  } catch (error) {
    if (error instanceof BadRead) return [];
    throw error;
  }
}

function candidates(memory: Memory, located: LocatedV8, block: number): Candidate[] {
  const { binary, isLibrary } = located;
  const { tls, isolateTls } = binary;
  if (isLibrary) return isolateTls === null ? [] : fromModules(memory, block, isolateTls);
  if (tls === null) return [];
  // The executable's block lies right below the control block (TLS variant II).
  const start = block - Math.ceil(tls.size / tls.align) * tls.align;
  if (isolateTls !== null) return [{ module: 0, address: memory.pointer(start + isolateTls) }];
  const bytes = memory.read(start, tls.size);
  const words = Array.from({ length: Math.floor(tls.size / 8) }, (_, index) => addressAt(bytes, 8 * index));
  return words.filter(word => word > 0xffff && word % 4096 === 0).map(address => ({ module: 0, address }));
}

/** The dynamic thread vector, second word of the control block, has 16 bytes per module: the first word is its block. */
function fromModules(memory: Memory, block: number, offset: number): Candidate[] {
  const vector = memory.pointer(block + 8);
  const result: Candidate[] = [];
  for (let module = 1; module < maxModules; module++) {
    try {
      const start = memory.pointer(vector + 16 * module);
      if (start > 0xffff) result.push({ module, address: memory.pointer(start + offset) });
    } catch (error) {
      if (!(error instanceof BadRead)) throw error;
    }
  }
  return result;
}

/** An isolate holds its roots, objects of the heap, and stack addresses (or 0) where the top of its stack is kept. */
function isIsolate(memory: Memory, heap: Heap, address: number): boolean {
  if (address <= 0xffff || address % 8 !== 0) return false;
  try {
    const { rootBias, cEntryFp, jsEntrySp } = heap.layout.entry;
    const bytes = memory.read(address, rootBias + Math.max(cEntryFp, jsEntrySp, rootsBytes) + 8);
    const tops = [cEntryFp, jsEntrySp].map(offset => addressAt(bytes, rootBias + offset));
    return tops.every(top => top === 0 || (top > 0xffff && top % 8 === 0)) && countRoots(heap, bytes) >= minRoots;
  } catch (error) {
    if (error instanceof BadRead) return false;
    throw error;
  }
}

function countRoots(heap: Heap, bytes: Buffer): number {
  let count = 0;
  for (let offset = 0; offset + 8 <= bytes.length; offset += 8) {
    const word = addressAt(bytes, offset);
    if (isPointer(word) && heap.tryTypeOf(word) >= 0) count++;
  }
  return count;
}

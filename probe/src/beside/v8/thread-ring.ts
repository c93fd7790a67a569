/**
 * Finds the threads of a process again for the price of one read each. glibc links the control blocks of all threads that pthread_create
 * made in a ring, so any one of them leads to all others:
 *
 *   block + 0x000  its own address, and again at 0x010
 *         + 0x2c0  `list`: the next block's `list`; one entry of the ring is the list's head, which is no block
 *         + 0x2d0  the thread's id; 0 once it has ended
 *
 * Threads come and go while this is read, so a walk can end up in another list, or miss some: who is missing is found by the next one.
 * Source: glibc's nptl/descr.h (struct pthread), nptl/allocatestack.c (dl_stack_used); measured on 2.36.
 */

import { addressAt, type Memory } from '../target-memory.js';

const selfOffset = 0x10;
const listOffset = 0x2c0;
const tidOffset = 0x2d0;
const blockBytes = tidOffset + 8;
/** Entries of the ring that are looked at. */
const maxEntries = 4096;

/** Blocks by thread id, as the process itself counts them, of the threads in the ring of `block`. */
export function walkThreadRing(memory: Memory, block: number): Map<number, number> {
  const found = new Map<number, number>();
  const bytes = Buffer.allocUnsafe(blockBytes);
  let at = block;
  for (let entries = 0; entries < maxEntries && tryRead(memory, at, bytes); entries++) {
    const tid = threadIn(bytes, at);
    if (tid !== undefined) found.set(tid, at);
    at = addressAt(bytes, listOffset) - listOffset;
    if (at === block) break;
  }
  return found;
}

/** The id of the thread whose block is at `address`; undefined when it has ended, or there is none. */
export function threadAt(memory: Memory, address: number): number | undefined {
  const bytes = Buffer.allocUnsafe(blockBytes);
  return tryRead(memory, address, bytes) ? threadIn(bytes, address) : undefined;
}

function threadIn(bytes: Buffer, at: number): number | undefined {
  const isBlock = addressAt(bytes, 0) === at && addressAt(bytes, selfOffset) === at;
  const tid = bytes.readInt32LE(tidOffset);
  return isBlock && tid > 0 ? tid : undefined;
}

function tryRead(memory: Memory, address: number, bytes: Buffer): boolean {
  return address > 0 && memory.readInto(bytes, address, blockBytes) === blockBytes;
}

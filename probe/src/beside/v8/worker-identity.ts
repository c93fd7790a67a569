/**
 * What the app calls a worker thread: its `worker_threads.threadId` and the name it was given. Node's thread routine gets its C++ Worker as
 * argument, and glibc keeps that in the thread's control block:
 *
 *   block + 0x640  ─▶ Worker   + t          isolate_            t: 0x80 to 0x98
 *                              + t + 0x08   tid_, the block's address
 *                              + t + 0x78   thread_id_
 *                              + t + 0x88   name_: address, length
 *
 * The two pointers that are known must be where they are expected; else nothing is told. Source: src/node_worker.h; measured on Node 20, 22,
 * 24 and 26 with glibc 2.36.
 */

import { addressAt, BadRead, type Memory } from '../target-memory.js';

export interface WorkerIdentity {
  /** As `worker_threads.threadId` has it. */
  id: number;
  /** '' for none. */
  name: string;
}

/** Where `arg` of struct pthread may be: after `start_routine`, in glibc 2.28 to 2.42. */
const argumentFrom = 0x600;
const argumentTo = 0x6c0;
const workerBytes = 0x180;
const isolateFrom = 0x60;
const isolateTo = 0xc0;
const idOffset = 0x78;
const nameOffset = 0x88;
const maxId = 2 ** 31;
/** Longer names are cut. */
const maxNameBytes = 200;

/** Of the thread whose control block is at `block`; undefined where it is not a worker of Node's, or laid out in another way. */
export function workerIdentity(memory: Memory, block: number, isolate: number): WorkerIdentity | undefined {
  const bytes = tryRead(memory, block + argumentFrom, argumentTo - argumentFrom);
  for (let offset = 0; bytes !== undefined && offset + 8 <= bytes.length; offset += 8) {
    const worker = addressAt(bytes, offset);
    if (worker <= 0xffff || worker % 8 !== 0) continue;
    const fields = tryRead(memory, worker, workerBytes);
    const at = fields === undefined ? undefined : findPair(fields, isolate, block);
    if (fields === undefined || at === undefined) continue;
    const id = Number(fields.readBigUInt64LE(at + idOffset));
    return id > 0 && id < maxId ? { id, name: nameIn(memory, fields, at + nameOffset) } : undefined;
  }
  return undefined;
}

function findPair(fields: Buffer, isolate: number, block: number): number | undefined {
  for (let at = isolateFrom; at <= isolateTo; at += 8) {
    if (addressAt(fields, at) === isolate && addressAt(fields, at + 8) === block) return at;
  }
  return undefined;
}

function nameIn(memory: Memory, fields: Buffer, at: number): string {
  const length = fields.readBigUInt64LE(at + 8);
  if (length === 0n || length > 2n ** 20n) return '';
  const bytes = tryRead(memory, addressAt(fields, at), Math.min(Number(length), maxNameBytes));
  const name = bytes?.toString() ?? '';
  // What Node calls those that have no name.
  return name === 'WorkerThread' ? '' : name;
}

function tryRead(memory: Memory, address: number, size: number): Buffer | undefined {
  try {
    return memory.read(address, size);
  } catch (error) {
    if (error instanceof BadRead) return undefined;
    throw error;
  }
}

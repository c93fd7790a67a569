/**
 * The worker threads of the process we are in, found anew as often as one likes: they come and go. Asked by a worker thread, which is not among
 * them itself and shows whether Node lays them out as expected: its own number is known.
 */

import { threadId } from 'node:worker_threads';
import type { Mapping } from '../mappings.js';
import { listNumbers, ownThreadId } from '../procfs.js';
import type { Memory } from '../target-memory.js';
import { isolatesOf, ownId } from './isolates.js';
import { type LocatedV8, unknownLayout } from './locate.js';
import { findThreadBlocks } from './thread-blocks.js';
import { threadAt, walkThreadRing } from './thread-ring.js';
import { type WorkerIdentity, workerIdentity } from './worker-identity.js';

export interface WorkerThread extends WorkerIdentity {
  tid: number;
  block: number;
  isolate: number;
}

export class WorkerThreads {
  #known = new Map<number, WorkerThread>();
  #tids = new Map<number, number>();
  #ownBlock: number | undefined;

  /** By thread id, as in our /proc. The same objects as long as they live. */
  get all(): ReadonlyMap<number, WorkerThread> {
    return this.#known;
  }

  /** Looks for them; their isolates by thread id. Throws `impossible` where threads are laid out in a way that is not known. */
  readonly find = (memory: Memory, mappings: readonly Mapping[], located: LocatedV8): Map<number, number> => {
    const ownBlock = this.#ownBlock ?? findOwnBlock(memory, mappings);
    if (this.#ownBlock === undefined) requireKnownLayout(memory, located, ownBlock);
    this.#ownBlock = ownBlock;
    const found = new Map<number, WorkerThread>();
    for (const [id, block] of this.#blocks(memory, ownBlock)) {
      const tid = this.#tidOf(memory.pid, id);
      const worker = tid === undefined ? undefined : this.#look(memory, located, tid, block);
      if (worker !== undefined) found.set(worker.tid, worker);
    }
    this.#known = found;
    return new Map([...found].map(([tid, { isolate }]) => [tid, isolate]));
  };

  #blocks(memory: Memory, ownBlock: number): Map<number, number> {
    const blocks = walkThreadRing(memory, ownBlock);
    // The walk may have missed some.
    for (const { block } of this.#known.values()) {
      const id = threadAt(memory, block);
      if (id !== undefined) blocks.set(id, block);
    }
    return new Map([...blocks].filter(([, block]) => block !== ownBlock));
  }

  /** V8's own threads work for an isolate at times, and are not workers; a worker may not have told Node of its isolate yet. */
  #look(memory: Memory, located: LocatedV8, tid: number, block: number): WorkerThread | undefined {
    const candidates = isolatesOf(memory, located, block);
    const known = this.#known.get(tid);
    if (known?.block === block && candidates.includes(known.isolate)) return known;
    for (const isolate of candidates) {
      const identity = isolate > 0xffff ? workerIdentity(memory, block, isolate) : undefined;
      if (identity !== undefined) return { tid, block, isolate, ...identity };
    }
    return undefined;
  }

  /** A thread has another id in each pid namespace: its block has the innermost, /proc that of whoever mounted it. */
  #tidOf(pid: number, id: number): number | undefined {
    const known = this.#tids.get(id);
    if (known !== undefined) return known;
    const before = new Map([...this.#tids].map(([inner, outer]) => [outer, inner]));
    this.#tids = new Map(listNumbers(pid, 'task').map(tid => [before.get(tid) ?? ownId(pid, tid), tid]));
    return this.#tids.get(id);
  }
}

/** Of the thread that asks. */
function findOwnBlock(memory: Memory, mappings: readonly Mapping[]): number {
  const tid = ownThreadId();
  const id = tid === undefined ? undefined : ownId(memory.pid, tid);
  const block = id === undefined ? undefined : findThreadBlocks(memory, mappings, [id], id).get(id);
  if (block === undefined) throw unknownLayout('its threads are laid out in another way than those of glibc');
  return block;
}

/** Its own number is known: whether it is found where those of others are looked for. */
function requireKnownLayout(memory: Memory, located: LocatedV8, block: number): void {
  const own = isolatesOf(memory, located, block).map(isolate => workerIdentity(memory, block, isolate)?.id);
  if (!own.includes(threadId)) throw unknownLayout('its worker threads are laid out in a way that is not known');
}

/**
 * One look over the heap: every suspended async function and async generator, every pending promise that something waits for, and the
 * jobs that are queued. Fields are copied out of the same read that found the object, so that each is whole.
 */

import type { Chunk, Scanner } from '../scan/scanner.js';
import { isPointer } from '../v8/heap.js';
import { fields, pageBytes, promiseStatusMask } from './layout.js';
import type { Kind, Maps } from './maps.js';
import { type Objects, smiOf } from './objects.js';
import { type HeapPage, heapLookup, isLeftBehind } from './pages.js';

/** A JSAsyncFunctionObject or JSAsyncGeneratorObject that is suspended. All but the numbers are tagged pointers. */
export interface Suspended {
  pointer: number;
  isGenerator: boolean;
  function: number;
  context: number;
  /** Where in its bytecode it will go on, as V8 keeps it: counted from the bytecode array's tagged pointer. */
  position: number;
  /** Which of its suspensions it is in; 0 and more. */
  continuation: number;
  registers: number;
  /** The promise it will fulfil; of a generator, the queue of requests. */
  promise: number;
  /** Of a generator: it awaits something; else it waits for somebody to ask for its next value. */
  awaits: boolean;
  /** V8's Heap that it is on. */
  heap: number;
}

/** Pending promises and their reactions, one pair of pointers each. */
export interface PendingPromises {
  pointers: Float64Array;
  reactions: Float64Array;
  count: number;
}

export interface Collected {
  suspended: Suspended[];
  promises: PendingPromises;
  /** For each queued job the words of its fields. */
  jobs: number[][];
  /** Async functions that run now, by the promise they will fulfil; also those that have ended, as long as they are in memory. */
  running: Map<number, number>;
  /** Limits that were reached: what is missing, as sentences. */
  limits: string[];
}

/** Each takes some 2 KB here, with all that is made of it: 300,000 were measured at 820 MB. */
const maxSuspended = 200_000;
/** Each takes 16 bytes here, and some microseconds to follow. */
const maxPromises = 2_000_000;
const maxJobs = 100_000;
const maxRunning = 100_000;
/** JSGeneratorObject::kGeneratorExecuting: it runs, or has ended. */
const executing = -2;
/** More than any function has awaits. */
const maxContinuation = 100_000;
const jobFields = [8, 16, 24, 32, 40];
/** Objects that end behind the chunk were cut off: pages are read from their begin, and none has an object across its end. */
const neededBytes: Record<Kind, number> = { function: 88, generator: 96, promise: 40, job: 48 };

export function collect(scanner: Scanner, objects: Objects, pages: readonly HeapPage[], maps: Maps): Collected {
  const heaps = new Map(pages.map(page => [page.start, page.heap]));
  const promises = new PromiseList();
  const candidates: Suspended[] = [];
  const jobs: number[][] = [];
  const running = new Map<number, number>();
  let missed = 0;
  const writable = pages.filter(page => page.heap !== 0);
  const heapOf = heapLookup(pages);
  const mapHeaps = new Map([...maps.keys()].map(map => [map, heapOf(map)]));

  scanner.words(objects.memory.memory, writable, maps, (offset, chunk) => {
    const map = chunk.word(offset);
    const kind = maps.get(map);
    if (kind === undefined || offset + neededBytes[kind] > chunk.length) return;
    if (isLeftBehind(chunk, offset, objects.layout)) return;
    // A map is in the read-only heap, or in that of its objects: isolates do not share any.
    const mapHeap = mapHeaps.get(map);
    if (mapHeap !== 0 && mapHeap !== heapOf(chunk.address + offset)) return;
    const field = (at: number) => chunk.word(offset + at);
    const pointer = chunk.address + offset + 1;
    if (kind === 'promise') {
      const flags = smiOf(field(fields.promise.flags));
      if (flags === undefined || (flags & promiseStatusMask) !== 0 || !isPointer(field(fields.promise.reactions)))
        return;
      if (promises.count < maxPromises) promises.add(pointer, field(fields.promise.reactions));
      else missed++;
    } else if (kind === 'job') {
      if (jobs.length < maxJobs) jobs.push(jobFields.map(field));
    } else {
      const found = suspendedAt(offset, chunk, pointer, kind === 'generator', heaps.get(pageStart(pointer)) ?? 0);
      if (found === undefined) {
        const isRunning = kind === 'function' && smiOf(field(fields.generator.continuation)) === executing;
        if (isRunning && running.size < maxRunning) {
          running.set(field(fields.asyncFunctionPromise), field(fields.generator.function));
        }
        return;
      }
      if (candidates.length < maxSuspended) candidates.push(found);
      else missed++;
    }
  });
  return {
    suspended: candidates.filter(candidate => isWhole(objects, candidate)),
    promises: promises.whole(),
    jobs,
    running,
    limits:
      missed === 0
        ? []
        : [
            `${missed} suspended functions or pending promises were left out: nops follows at most ${maxSuspended} and ${maxPromises}.`,
          ],
  };
}

/** The suspended function at `pointer` as it is now; undefined when there is none. For what was found in another way. */
export function readSuspended(objects: Objects, pointer: number, heap: number): Suspended | undefined {
  const type = objects.typeOf(pointer);
  if (!objects.isSuspendable(type)) return undefined;
  const source = { word: (at: number) => objects.field(pointer, at) };
  const found = suspendedAt(0, source, pointer, type === objects.layout.asyncGenerator, heap);
  return found !== undefined && isWhole(objects, found) ? found : undefined;
}

function suspendedAt(
  offset: number,
  source: Pick<Chunk, 'word'>,
  pointer: number,
  isGenerator: boolean,
  heap: number,
): Suspended | undefined {
  const { generator } = fields;
  const field = (at: number) => source.word(offset + at);
  const continuation = smiOf(field(generator.continuation));
  const position = smiOf(field(generator.position));
  // -1 has ended, -2 is running: JSGeneratorObject::kGeneratorClosed, kGeneratorExecuting.
  if (continuation === undefined || continuation < 0 || continuation > maxContinuation) return undefined;
  if (position === undefined || position < 0) return undefined;
  return {
    pointer,
    isGenerator,
    function: field(generator.function),
    context: field(generator.context),
    position,
    continuation,
    registers: field(generator.registers),
    promise: field(isGenerator ? fields.asyncGeneratorQueue : fields.asyncFunctionPromise),
    awaits: !isGenerator || smiOf(field(fields.asyncGeneratorAwaits)) !== 0,
    heap,
  };
}

/** Every field has the type it must have: the map's address stands in other places, too. */
function isWhole(objects: Objects, found: Suspended): boolean {
  const { types } = objects.heap.layout;
  return (
    objects.isFunction(found.function) &&
    objects.typeOf(objects.field(found.function, objects.heap.layout.function.shared)) === types.shared &&
    objects.isContext(found.context) &&
    objects.typeOf(found.registers) === types.fixedArray &&
    (found.isGenerator || objects.typeOf(found.promise) === objects.layout.promise)
  );
}

function pageStart(address: number): number {
  return address - (address % pageBytes);
}

class PromiseList {
  #pointers = new Float64Array(4096);
  #reactions = new Float64Array(4096);
  count = 0;

  add(pointer: number, reactions: number): void {
    if (this.count === this.#pointers.length) {
      this.#pointers = grown(this.#pointers);
      this.#reactions = grown(this.#reactions);
    }
    this.#pointers[this.count] = pointer;
    this.#reactions[this.count++] = reactions;
  }

  whole(): PendingPromises {
    return { pointers: this.#pointers, reactions: this.#reactions, count: this.count };
  }
}

function grown(list: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * list.length);
  larger.set(list);
  return larger;
}

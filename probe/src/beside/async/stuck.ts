/** Two looks at the same heap: which functions have not gone on in between. */

import type { Waiter } from './graph.js';
import type { Objects } from './objects.js';

interface Seen {
  function: number;
  continuation: number;
  position: number;
  /** A loop comes back to the same place: then it awaits another promise there. */
  awaited: number;
}

/** What a first look keeps of each function, by its pointer: the same a moment later means that it has not gone on. */
export class Look {
  /** When it had ended. */
  readonly endedMs = performance.now();
  readonly #seen: Map<number, Seen>;

  constructor(waiters: readonly Waiter[]) {
    this.#seen = new Map(waiters.map(waiter => [waiter.suspended.pointer, seenOf(waiter)]));
  }

  /** Where functions went that are not in `now` any more: those that have moved. */
  moved(objects: Objects, now: ReadonlySet<number>): number[] {
    const found: number[] = [];
    for (const [from, seen] of this.#seen) {
      if (now.has(from)) continue;
      const to = movedTo(objects, from);
      if (to === undefined) continue;
      found.push(to);
      this.#seen.set(to, seen);
    }
    return found;
  }

  /** Whether it was there, at the same place, and awaited the same. Of what awaits, and was not seen to await what, it is not known. */
  has(waiter: Waiter, objects: Objects): boolean {
    const before = this.#seen.get(waiter.suspended.pointer);
    const [awaited = 0] = waiter.awaited;
    return (
      before !== undefined &&
      !(awaited === 0 && waiter.suspended.awaits) &&
      this.hadPlace(waiter, objects) &&
      isSame(objects, before.awaited, awaited)
    );
  }

  /** Whether it was there, at the same place. */
  hadPlace({ suspended }: Waiter, objects: Objects): boolean {
    const before = this.#seen.get(suspended.pointer);
    return (
      before !== undefined &&
      before.continuation === suspended.continuation &&
      before.position === suspended.position &&
      isSame(objects, before.function, suspended.function)
    );
  }
}

function seenOf({ suspended, awaited }: Waiter): Seen {
  const { function: func, continuation, position } = suspended;
  return { function: func, continuation, position, awaited: awaited[0] ?? 0 };
}

function isSame(objects: Objects, before: number, now: number): boolean {
  return before === now || movedTo(objects, before) === now;
}

/**
 * Where the collector has moved an object: it puts the new address, without a tag, where the map was (objects/objects.h, MapWord).
 * That stands there until the memory is used again.
 */
function movedTo(objects: Objects, pointer: number): number | undefined {
  const word = objects.field(pointer, 0);
  return word > 0xffff && word < 2 ** 47 && word % 8 === 0 ? word + 1 : undefined;
}

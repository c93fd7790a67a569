/** The columns of a trace while they grow. */

import { GrowingColumn, growing32 } from './growing-column.js';
import { countUpTo } from './intervals.js';
import type { Resources, Segments, Tasks, Turns } from './model.js';

export class SegmentColumns {
  readonly begin = growing32();
  readonly end = growing32();
  readonly id = growing32();
  readonly owner = growing32();
  /** Most resources run once: only of the others, those that have one before, and that one. */
  readonly #again = growing32();
  readonly #previous = growing32();

  /** The number of the new one. `previous`: the one before of the same resource, plus 1; 0: none. */
  add(begin: number, id: number, owner: number, previous: number): number {
    if (previous > 0) {
      this.#again.push(this.begin.length);
      this.#previous.push(previous);
    }
    this.begin.push(begin);
    this.end.push(begin);
    this.id.push(id >>> 0);
    this.owner.push(owner);
    return this.begin.length - 1;
  }

  finish(): Segments {
    const again = this.#again.finish();
    const previous = this.#previous.finish();
    return {
      count: this.begin.length,
      begin: this.begin.finish(),
      end: this.end.finish(),
      id: this.id.finish(),
      owner: this.owner.finish(),
      previous(segment) {
        const at = countUpTo(again, again.length, segment) - 1;
        return at >= 0 && again[at] === segment ? (previous[at] ?? 0) : 0;
      },
    };
  }
}

export class TurnColumns {
  readonly first = growing32();
  readonly readySince = growing32();

  /** The number of the new one. */
  add(first: number, readySince: number): number {
    this.first.push(first);
    this.readySince.push(readySince);
    return this.first.length - 1;
  }

  finish(): Turns {
    const first = this.first.finish();
    return {
      count: first.length,
      first,
      readySince: this.readySince.finish(),
      of: segment => countUpTo(first, first.length, segment) - 1,
    };
  }
}

export class TaskColumns {
  readonly kind = new GrowingColumn(Uint8Array);
  readonly name = new GrowingColumn(Uint16Array);
  readonly begin = growing32();
  readonly end = growing32();
  readonly parent = growing32();
  readonly status = new GrowingColumn(Uint16Array);

  /** The number of the new one. */
  add(kind: number, name: number, begin: number, parent: number): number {
    this.kind.push(kind);
    this.name.push(name);
    this.begin.push(begin);
    this.end.push(0);
    this.parent.push(parent);
    this.status.push(0);
    return this.kind.length - 1;
  }

  finish(): Tasks {
    return {
      count: this.kind.length,
      kind: this.kind.finish(),
      name: this.name.finish(),
      begin: this.begin.finish(),
      end: this.end.finish(),
      parent: this.parent.finish(),
      status: this.status.finish(),
    };
  }
}

/** By async id minus the recording's first. Those made before have numbers below 0: there are few, and they have no type. */
export class ResourceColumns {
  readonly #type = new GrowingColumn(Uint8Array);
  readonly #delay = new GrowingColumn(Uint16Array);
  readonly #made = growing32();
  readonly #owner = growing32();
  readonly #last = growing32();
  readonly #oldOwners = new Map<number, number>();
  readonly #oldLast = new Map<number, number>();

  add(id: number, type: number, delay: number, made: number, owner: number): void {
    if (id < 0) return;
    this.#type.set(id, type);
    this.#delay.set(id, delay);
    this.#made.set(id, made + 1);
    this.#owner.set(id, owner);
    this.#last.set(id, 0);
  }

  type(id: number): number {
    return id < 0 ? 0 : (this.#type.array[id] ?? 0);
  }

  setType(id: number, type: number): void {
    if (id >= 0) this.#type.set(id, type);
  }

  owner(id: number): number {
    return (id < 0 ? this.#oldOwners.get(id) : this.#owner.array[id]) ?? 0;
  }

  setOwner(id: number, owner: number): void {
    if (id < 0) this.#oldOwners.set(id, owner);
    else if (id < this.#owner.length) this.#owner.array[id] = owner;
  }

  /** The segment plus 1 in which it ran last. */
  last(id: number): number {
    return (id < 0 ? this.#oldLast.get(id) : this.#last.array[id]) ?? 0;
  }

  setLast(id: number, segment: number): void {
    if (id < 0) this.#oldLast.set(id, segment + 1);
    else if (id < this.#last.length) this.#last.array[id] = segment + 1;
  }

  /** Nothing can be added any more. */
  finish(): Resources {
    this.#owner.free();
    this.#last.free();
    return { type: this.#type.finish(), delay: this.#delay.finish(), made: this.#made.finish() };
  }
}

/** The columns of a trace while they grow. */

import { GrowingUint32 } from '../profile/growing.js';
import type { Resources, Segments, Tasks, Turns } from './model.js';

export class SegmentColumns {
  readonly begin = new GrowingUint32();
  readonly end = new GrowingUint32();
  readonly id = new GrowingUint32();
  readonly owner = new GrowingUint32();
  readonly turn = new GrowingUint32();
  readonly previous = new GrowingUint32();

  /** The number of the new one. */
  add(begin: number, id: number, owner: number, turn: number, previous: number): number {
    this.begin.push(begin);
    this.end.push(begin);
    this.id.push(id >>> 0);
    this.owner.push(owner);
    this.turn.push(turn);
    this.previous.push(previous);
    return this.begin.length - 1;
  }

  finish(): Segments {
    return {
      count: this.begin.length,
      begin: this.begin.finish(),
      end: this.end.finish(),
      id: this.id.finish(),
      owner: this.owner.finish(),
      turn: this.turn.finish(),
      previous: this.previous.finish(),
    };
  }
}

export class TurnColumns {
  readonly first = new GrowingUint32();
  readonly root = new GrowingUint32();
  readonly readySince = new GrowingUint32();

  add(first: number, root: number, readySince: number): void {
    this.first.push(first);
    this.root.push(root >>> 0);
    this.readySince.push(readySince);
  }

  finish(): Turns {
    return {
      count: this.first.length,
      first: this.first.finish(),
      root: this.root.finish(),
      readySince: this.readySince.finish(),
    };
  }
}

export class TaskColumns {
  readonly kind = new GrowingUint32();
  readonly name = new GrowingUint32();
  readonly begin = new GrowingUint32();
  readonly end = new GrowingUint32();
  readonly parent = new GrowingUint32();

  /** The number of the new one. */
  add(kind: number, name: number, begin: number, parent: number): number {
    this.kind.push(kind);
    this.name.push(name);
    this.begin.push(begin);
    this.end.push(0);
    this.parent.push(parent);
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
    };
  }
}

/** By async id minus the recording's first. Those made before have numbers below 0: there are few, and they have no type. */
export class ResourceColumns {
  #type = new Uint32Array(1024);
  #made = new Uint32Array(1024);
  #owner = new Uint32Array(1024);
  #last = new Uint32Array(1024);
  readonly #oldOwners = new Map<number, number>();
  readonly #oldLast = new Map<number, number>();

  add(id: number, type: number, made: number, owner: number): void {
    if (id < 0) return;
    if (id >= this.#type.length) this.#grow(id);
    this.#type[id] = type;
    this.#made[id] = made + 1;
    this.#owner[id] = owner;
    this.#last[id] = 0;
  }

  type(id: number): number {
    return id < 0 ? 0 : (this.#type[id] ?? 0);
  }

  setType(id: number, type: number): void {
    if (id >= 0 && id < this.#type.length) this.#type[id] = type;
  }

  owner(id: number): number {
    return (id < 0 ? this.#oldOwners.get(id) : this.#owner[id]) ?? 0;
  }

  setOwner(id: number, owner: number): void {
    if (id < 0) this.#oldOwners.set(id, owner);
    else if (id < this.#owner.length) this.#owner[id] = owner;
  }

  /** The segment plus 1 in which it ran last. */
  last(id: number): number {
    return (id < 0 ? this.#oldLast.get(id) : this.#last[id]) ?? 0;
  }

  setLast(id: number, segment: number): void {
    if (id < 0) this.#oldLast.set(id, segment + 1);
    else if (id < this.#last.length) this.#last[id] = segment + 1;
  }

  finish(): Resources {
    return { type: this.#type, made: this.#made, owner: this.#owner };
  }

  #grow(id: number): void {
    const length = Math.max(id + 1, this.#type.length * 2);
    const larger = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const array = new Uint32Array(length);
      array.set(old);
      return array;
    };
    this.#type = larger(this.#type);
    this.#made = larger(this.#made);
    this.#owner = larger(this.#owner);
    this.#last = larger(this.#last);
  }
}

/** Numbers for the functions that were seen on stacks, with their names and where they begin. Each is described once. */

import type { TopFunction } from '@nops/core/protocol/top-results';
import { SourceMaps } from '../source-maps.js';
import type { RawFrame } from '../stack/frames.js';
import type { Stacks } from '../stack/stacks.js';
import type { SharedFunction } from '../v8/functions.js';

export type FunctionName = Pick<TopFunction, 'function' | 'class' | 'url' | 'line'>;

/** Functions told apart; beyond, all share one row. */
const maxFunctions = 20_000;

export class FunctionTable {
  readonly #stacks: Stacks;
  readonly #maps: SourceMaps;
  /** Descriptions of functions are forgotten and read again, so the same function can come as another object. */
  readonly #byObject = new WeakMap<SharedFunction, number>();
  readonly #byName = new Map<string, number>();
  readonly #names: FunctionName[] = [];

  constructor(stacks: Stacks, pid: number) {
    this.#stacks = stacks;
    this.#maps = new SourceMaps(pid);
  }

  /** The number of the function that runs in `frame`. */
  idOf(frame: RawFrame): number {
    const { shared } = frame;
    const known = shared === undefined ? undefined : this.#byObject.get(shared);
    if (known !== undefined) return known;
    const key = keyOf(frame);
    let id = this.#byName.get(key);
    if (id === undefined) {
      id = this.#add(frame);
      this.#byName.set(key, id);
    }
    if (shared !== undefined) this.#byObject.set(shared, id);
    return id;
  }

  nameOf(id: number): FunctionName {
    return this.#names[id] ?? { function: '(other)', url: '', line: 0 };
  }

  #add(frame: RawFrame): number {
    if (this.#names.length >= maxFunctions) return maxFunctions;
    return this.#names.push(this.#describe(frame)) - 1;
  }

  #describe(frame: RawFrame): FunctionName {
    const told = this.#stacks.describeFrame(frame);
    const name = { function: told.function, ...(told.class === undefined ? {} : { class: told.class }) };
    const begins = this.#stacks.startOf(frame);
    if (begins === undefined) return { ...name, url: told.url, line: told.line };
    const original = this.#maps.original({ url: told.url, ...begins });
    return { ...name, url: original?.url ?? told.url, line: original?.line ?? begins.line };
  }
}

/** What stays the same when it is read again. */
function keyOf({ kind, shared, builtin }: RawFrame): string {
  if (shared === undefined) return `${kind} ${builtin ?? ''}`;
  return `${shared.script?.url ?? ''} ${shared.start} ${shared.end} ${shared.name} ${shared.script === undefined ? (builtin ?? shared.builtin) : ''}`;
}

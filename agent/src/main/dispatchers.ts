/** undici's dispatchers besides that of the global `fetch`: known once the heap has been searched for them, and held weakly. */

import type { ObservedPool } from '../messages/shared.js';
import {
  type Dispatcher,
  dispatcherPeers,
  dispatcherSettings,
  globalDispatchers,
  innerDispatchers,
} from './dispatcher.js';

const maxDispatchers = 100;

export class Dispatchers {
  readonly #known = new Map<string, WeakRef<Dispatcher>>();
  readonly #seen = new WeakSet<Dispatcher>();
  #count = 0;
  /** Not listed because `maxDispatchers` others are. */
  leftOut = 0;

  /** Of all that there are, makes those known that requests are given to: not the pools within an Agent, nor the clients within a pool. Answers their number. */
  add(all: readonly Dispatcher[]): number {
    const within = new Set<object>([
      ...all.flatMap(innerDispatchers),
      ...globalDispatchers().map(({ dispatcher }) => dispatcher),
    ]);
    const outer = all.filter(dispatcher => !within.has(dispatcher));
    for (const dispatcher of outer) {
      if (this.#seen.has(dispatcher)) continue;
      if (this.#known.size >= maxDispatchers && [...this.#alive()].length >= maxDispatchers) {
        this.leftOut++;
        continue;
      }
      this.#seen.add(dispatcher);
      this.#known.set(`undici-${++this.#count}`, new WeakRef(dispatcher));
    }
    return outer.length;
  }

  /** What goes through each is not counted: a channel's message does not name the dispatcher. */
  observe(): ObservedPool[] {
    return Array.from(this.#alive(), ([name, dispatcher]) => ({
      name,
      kind: 'undici',
      settings: dispatcherSettings(dispatcher),
      peers: Array.from(dispatcherPeers(dispatcher), ([peer, now]) => ({
        peer,
        ...now,
        opened: 0,
        requests: 0,
        reused: 0,
      })),
    }));
  }

  *#alive(): IterableIterator<[string, Dispatcher]> {
    for (const [name, held] of this.#known) {
      const dispatcher = held.deref();
      if (dispatcher === undefined) this.#known.delete(name);
      else yield [name, dispatcher];
    }
  }
}

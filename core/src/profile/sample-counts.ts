/** Counts samples of one thread by function, since the start and in a window. A function counts once a sample, however often it recurs. */

import type { TopStates } from '../protocol/top-results.js';

export interface FunctionCounts {
  /** The caller's number for the function. */
  id: number;
  own: number;
  total: number;
  recentOwn: number;
  recentTotal: number;
}

export class SampleCounts {
  readonly all: TopStates = noStates();
  readonly #functions = new Map<number, FunctionCounts>();
  #recent: TopStates = noStates();

  get recent(): Readonly<TopStates> {
    return this.#recent;
  }

  /** One sample: what the thread did, and its functions, innermost first. */
  add(state: keyof TopStates, functions: readonly number[]): void {
    this.all[state]++;
    this.#recent[state]++;
    const [innermost] = functions;
    for (const id of new Set(functions)) {
      const counts = this.#of(id);
      counts.total++;
      counts.recentTotal++;
      if (id !== innermost) continue;
      counts.own++;
      counts.recentOwn++;
    }
  }

  /** Begins a new window. */
  turn(): void {
    this.#recent = noStates();
    for (const counts of this.#functions.values()) {
      counts.recentOwn = 0;
      counts.recentTotal = 0;
    }
  }

  functions(): FunctionCounts[] {
    return [...this.#functions.values()];
  }

  #of(id: number): FunctionCounts {
    const known = this.#functions.get(id);
    if (known !== undefined) return known;
    const counts = { id, own: 0, total: 0, recentOwn: 0, recentTotal: 0 };
    this.#functions.set(id, counts);
    return counts;
  }
}

/** Samples that were read: what percentages are of. */
export function readSamples({ running, blocked, idle }: Readonly<TopStates>): number {
  return running + blocked + idle;
}

function noStates(): TopStates {
  return { running: 0, blocked: 0, idle: 0, unknown: 0 };
}

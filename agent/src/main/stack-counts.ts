/** Stacks, each kept once, and how many refer to it. */

import type { CountedFrame } from '@nops/core/profile/formats/from-stacks';

/** Beyond these a stack is not kept: far more places than a program has. */
const maxStacks = 10_000;

export interface KeptStack {
  readonly frames: readonly CountedFrame[];
  readonly key: string;
  count: number;
}

export class StackCounts {
  readonly #stacks = new Map<string, KeptStack>();
  #leftOut = 0;

  /** How many were not taken, since there were too many different stacks. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Counts a stack; undefined when there are too many different ones. */
  add(frames: readonly CountedFrame[]): KeptStack | undefined {
    const key = frames.map(f => `${f.function}\n${f.url}:${f.line}:${f.column}`).join('\n');
    let stack = this.#stacks.get(key);
    if (stack === undefined) {
      if (this.#stacks.size >= maxStacks) {
        this.#leftOut++;
        return undefined;
      }
      stack = { key, count: 0, frames: frames.map(plain) };
      this.#stacks.set(key, stack);
    }
    stack.count++;
    return stack;
  }

  remove(stack: KeptStack): void {
    stack.count--;
    if (stack.count === 0) this.#stacks.delete(stack.key);
  }

  all(): KeptStack[] {
    return [...this.#stacks.values()];
  }
}

function plain({ function: name, url, line, column }: CountedFrame): CountedFrame {
  return { function: name, url, line, column };
}

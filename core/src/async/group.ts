/** Stacks that look the same, counted. */

import type { AsyncFrame } from '../protocol/async-results.js';
import { isOwnCode } from './fold.js';

export interface AsyncStack {
  /** Innermost first. */
  frames: readonly AsyncFrame[];
  /** 0: in transit. */
  stuckMs: number;
  runnable: boolean;
}

export interface StackGroup<Stack extends AsyncStack> {
  count: number;
  stuckMs: number;
  runnable: boolean;
  frames: readonly AsyncFrame[];
  /** Some of its stacks, at most as many as asked for. */
  examples: Stack[];
}

/** Stacks with code of the app first, then those that are stuck, then those that wait for their turn; among these the most first. */
export function groupStacks<Stack extends AsyncStack>(
  stacks: Iterable<Stack>,
  maxExamples: number,
): StackGroup<Stack>[] {
  const groups = new Map<string, StackGroup<Stack>>();
  for (const stack of stacks) {
    const key = keyOf(stack);
    const group = groups.get(key);
    if (group === undefined) {
      const { frames, stuckMs, runnable } = stack;
      groups.set(key, { count: 1, stuckMs, runnable, frames, examples: maxExamples > 0 ? [stack] : [] });
    } else {
      group.count++;
      if (group.examples.length < maxExamples) group.examples.push(stack);
    }
  }
  return [...groups.values()].sort(compare);
}

/** Frames are shared by many stacks. */
const texts = new WeakMap<AsyncFrame, string>();

function textOf(frame: AsyncFrame): string {
  const known = texts.get(frame);
  if (known !== undefined) return known;
  const text = `${frame.link} ${frame.function} ${frame.url}:${frame.line}:${frame.column}`;
  texts.set(frame, text);
  return text;
}

function keyOf({ frames, stuckMs, runnable }: AsyncStack): string {
  const state = runnable ? 'runnable' : stuckMs > 0 ? 'stuck' : 'in transit';
  return [state, ...frames.map(textOf)].join('\n');
}

function compare(a: StackGroup<AsyncStack>, b: StackGroup<AsyncStack>): number {
  return (
    Number(b.frames.some(isOwnCode)) - Number(a.frames.some(isOwnCode)) ||
    Number(b.stuckMs > 0) - Number(a.stuckMs > 0) ||
    b.count - a.count
  );
}

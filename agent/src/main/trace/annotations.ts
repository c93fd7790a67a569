/**
 * What the app itself tells about its work, as Go's runtime/trace has it: `task`, `region` and `log`. They follow asynchronous calls, since
 * a recording knows what each callback was started by. While nobody records they only call the function.
 */

import { kinds, marks } from '@nops/core/trace/format';
import type { Writer } from './writer.js';

const writers = new Set<Writer>();
let counter = 0;

/** Tells a recording from here on; returns what ends that. */
export function annotate(writer: Writer): () => void {
  writers.add(writer);
  return () => void writers.delete(writer);
}

/** A piece of work with a name, such as one job of a queue: its time is accounted for as a request's is. */
export function task<T>(name: string, run: () => T): T {
  return follow(name, run, marks.userBegin, marks.userLeave, marks.userEnd);
}

/** A part of the current task with a name. */
export function region<T>(name: string, run: () => T): T {
  return follow(name, run, marks.regionBegin, undefined, marks.regionEnd);
}

/** A line in the current task's event log. */
export function log(category: string, message: string): void {
  for (const writer of writers) {
    writer.put(kinds.mark | (marks.log << 8), writer.text(category), writer.text(message));
  }
}

function follow<T>(name: string, run: () => T, begin: number, leave: number | undefined, end: number): T {
  if (writers.size === 0) return run();
  const number = ++counter;
  for (const writer of writers) writer.put(kinds.mark | (begin << 8), number, writer.text(name));
  const tell = (what: number, b: number) => {
    for (const writer of writers) writer.put(kinds.mark | (what << 8), number, b);
  };
  let result: T;
  try {
    result = run();
  } catch (error) {
    tell(end, 1);
    throw error;
  }
  if (!isThenable(result)) {
    tell(end, 0);
    return result;
  }
  if (leave !== undefined) tell(leave, 0);
  // A promise of its own, so that a rejection which nobody handles is still one that nobody handles.
  return result.then(
    value => {
      tell(end, 0);
      return value;
    },
    (error: unknown) => {
      tell(end, 1);
      throw error;
    },
  ) as T;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
}

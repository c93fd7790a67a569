/**
 * Synchronous file operations, from CPU samples. Node has no diagnostics channel for files, and its own trace events can end the process
 * (see test/security/many-file-operations.test.ts).
 *
 *   callback   |------------------------------|      samples  . . F F F F .
 *   operation            |-------------|             from the middle before the first to the middle after the last
 */

import { countUpTo } from './intervals.js';
import type { CpuSamples, Segments, SyncCall } from './model.js';

/** A function of node:fs that blocks, as a line of a stack. */
const blocking = /^(\w+Sync) \(node:fs:/;

/** In order, and not overlapping. One that is shorter than the time between two samples is mostly missed. */
export function syncCalls(samples: CpuSamples, segments: Segments): SyncCall[] {
  const { ticks, stack, stacks } = samples;
  const names = stacks.map(blockingFunction);
  const calls: SyncCall[] = [];
  for (let first = 0; first < ticks.length; ) {
    const number = stack[first] ?? 0;
    const name = names[number];
    if (name === undefined) {
      first++;
      continue;
    }
    const segment = segmentAt(segments, ticks[first] ?? 0);
    const isIn = (sample: number) => segmentAt(segments, ticks[sample] ?? 0) === segment;
    let next = first + 1;
    while (next < ticks.length && names[stack[next] ?? 0] === name && isIn(next)) next++;
    const before = first > 0 && (segment < 0 || isIn(first - 1)) ? first - 1 : undefined;
    const after = next < ticks.length && (segment < 0 || isIn(next)) ? next : undefined;
    const begin = before === undefined ? (segments.begin[segment] ?? ticks[first] ?? 0) : middle(ticks, before);
    const end = after === undefined ? (segments.end[segment] ?? ticks[next - 1] ?? 0) : middle(ticks, next - 1);
    calls.push({ name, begin, end, stack: stacks[number] ?? '' });
    first = next;
  }
  return calls;
}

/** The outermost one before the app's own code: `readFileSync` of what lies under it. */
function blockingFunction(stack: string): string | undefined {
  let name: string | undefined;
  for (const line of stack.split('\n')) {
    name = blocking.exec(line)?.[1] ?? name;
    if (/\((?:file:\/\/)?\//.test(line)) break;
  }
  return name;
}

/** Between a sample and the next one. */
function middle(ticks: Uint32Array, sample: number): number {
  return ((ticks[sample] ?? 0) + (ticks[sample + 1] ?? 0)) / 2;
}

/** -1: no callback ran then. */
function segmentAt(segments: Segments, ticks: number): number {
  const segment = countUpTo(segments.begin, segments.count, ticks) - 1;
  return segment >= 0 && ticks <= (segments.end[segment] ?? 0) ? segment : -1;
}

/** Dumps a process, and tells its stacks in the words of V8's own `Error.stack`. */

import { readFileSync } from 'node:fs';
import { type AsyncDump, dumpAsync } from '@nops/probe/beside/async/dump';
import { readArguments } from '@nops/probe/beside/async/values';
import { openV8 } from '@nops/probe/beside/v8/process';

const never = new AbortController().signal;

/** `betweenMs` 0: one look. */
export async function dumpOf(pid: number, betweenMs = 100): Promise<AsyncDump> {
  const process = openV8(pid);
  return dumpAsync(process.memory, process.heap.layout, { betweenMs, signal: never });
}

/** Frames as `function file:line:column`, and `Promise.all` and the like in a line of their own, as V8 has them. */
export function framesById(dump: AsyncDump, leafFile: string): Map<number, string[]> {
  const result = new Map<number, string[]>();
  for (const chain of dump.chains.chains) {
    const [innermost] = chain;
    if (innermost === undefined || dump.places.of(innermost.waiter.suspended).url !== leafFile) continue;
    const id = Number(readArguments(dump.objects, dump.shapes, innermost.waiter.suspended)[0]);
    if (!Number.isInteger(id)) continue;
    const lines = chain.slice(1).flatMap(({ waiter, link }) => {
      const { function: name, url, line, column } = dump.places.of(waiter.suspended);
      const combined = link === 'all' || link === 'allSettled' || link === 'any' ? [`Promise.${link}`] : [];
      return [...combined, `${name} ${url}:${line}:${column}`.trim()];
    });
    if (result.has(id)) throw new Error(`${id} is there twice`);
    result.set(id, lines);
  }
  return result;
}

/** The same of the stacks that the program kept. */
export function oracle(file: string): Map<number, string[]> {
  const stacks = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  return new Map(Object.entries(stacks).map(([id, stack]) => [Number(id), stack.split('\n').flatMap(frameOf)]));
}

/** `    at async Class.name (file:1:2)`, `    at async file:1:2`, `    at async Promise.all (index 0)`. */
function frameOf(line: string): string[] {
  const combined = /^ *at async (Promise\.\w+) \(index \d+\)$/.exec(line)?.[1];
  if (combined !== undefined) return [combined];
  const match = /^ *at async (?:(.*?) \()?(.*:\d+:\d+)\)?$/.exec(line);
  if (match === null) return [];
  const name = (match[1] ?? '')
    .replace(/^async /, '')
    .replace(/ \[as .*\]$/, '')
    .replace(/^.*\./, '');
  // Code of eval: `eval at <anonymous> (outer:1:2), <anonymous>:3:4`.
  const place = (match[2] ?? '').replace(/^eval at .*, <anonymous>/, '');
  return [`${name} ${place}`.trim()];
}

/** How many of each function are suspended, by where it begins: `line:column`, 0-based, as heap snapshots have it. */
export function countsByFunction({ graph, objects }: AsyncDump): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { suspended } of graph.waiters) {
    const { script, start } = objects.functions.ofFunction(suspended.function);
    const place = script === undefined ? undefined : objects.functions.scripts.place(script, start);
    const key = place === undefined ? 'unknown' : `${place.line - 1}:${place.column - 1}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

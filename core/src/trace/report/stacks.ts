/** Stacks as text, a frame a line, innermost first, and what CPU samples saw in a stretch of time. */

import { countUpTo } from '../intervals.js';
import type { CpuSamples } from '../model.js';

export interface Frame {
  function: string;
  file: string;
  line: number;
  column: number;
}

/** `name (file:line:column)` */
export function parseStack(text: string): Frame[] {
  if (text === '') return [];
  return text.split('\n').map(line => {
    const begin = line.indexOf(' (');
    const [, row = '', column = ''] = /:(-?\d+):(-?\d+)\)$/.exec(line) ?? [];
    if (begin < 0 || row === '') return { function: line, file: '', line: 0, column: 0 };
    const file = line.slice(begin + ' ('.length, -`:${row}:${column})`.length);
    return {
      function: line.slice(0, begin),
      file,
      line: Math.max(0, Number(row)),
      column: Math.max(0, Number(column)),
    };
  });
}

/** The stack that was sampled most from `begin` to `end`; '' for none. */
export function sampledStack({ ticks, stack, stacks }: CpuSamples, begin: number, end: number): string {
  const counts = new Map<number, number>();
  for (let i = countUpTo(ticks, ticks.length, begin); i < ticks.length && (ticks[i] ?? 0) <= end; i++) {
    const number = stack[i] ?? 0;
    if (number !== 0) counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most === undefined ? '' : (stacks[most[0]] ?? '');
}

/** The innermost frame that is the app's own: neither Node's nor V8's; else the innermost. */
export function ownFrame(stack: string): string {
  const lines = stack.split('\n');
  return lines.find(line => /\((?:file:\/\/)?\//.test(line)) ?? lines[0] ?? '';
}

/** The share of the samples, 0 to 1, in which JavaScript ran or garbage was collected; 0 without samples. */
export function sampledBusyShare({ stack, stacks }: CpuSamples): number {
  let busy = 0;
  for (const number of stack) if (number !== 0 && !stacks[number]?.startsWith('(program)')) busy++;
  return stack.length === 0 ? 0 : busy / stack.length;
}

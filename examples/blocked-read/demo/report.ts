/** The end of a walk-through: the table before and after, and the line for scripts. */

import type { Measured, Step } from './steps.js';

export interface DemoResult {
  schema: 'nops.demo/1';
  fault: string;
  pid: number;
  steps: Step[];
  before: Measured;
  after: Measured;
}

export function table(before: Measured, after: Measured): string {
  const rows = [
    ['', 'before', 'after'],
    ['requests/s', whole(before.rps), whole(after.rps)],
    ['p50', millis(before.p50), millis(after.p50)],
    ['p99', millis(before.p99), millis(after.p99)],
  ];
  return rows.map(([name = '', a = '', b = '']) => `  ${name.padEnd(12)}${a.padStart(12)}${b.padStart(12)}`).join('\n');
}

function whole(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function millis(value: number | null): string {
  return value === null ? 'no answer' : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

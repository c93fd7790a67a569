/**
 * `node bench/dist/heap-snapshot/main.js [<rows> [<rounds>]]`: reading a heap snapshot into columns and analysing it beside JSON.parse of
 * the same file, which is what reading it in the simplest way begins with; each in a process of its own, in turns. The snapshot is of a
 * process with so many rows of a few objects each: 330,000 are about 200 MB.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, ratios } from '../lib/statistics.js';

const rows = Number(process.argv[2] ?? 330_000);
const rounds = Number(process.argv[3] ?? 3);

interface Taken {
  readMs: number;
  analyzeMs: number;
  peakBytes: number;
}

const program = `
class Row {
  constructor(i) {
    this.name = 'row ' + i;
    this.tags = ['tag ' + (i % 1000), i];
    this.made = { at: i, by: { id: i % 97, label: 'maker ' + (i % 97) } };
  }
}
globalThis.rows = Array.from({ length: ${rows} }, (_, i) => new Row(i));
require('node:v8').writeHeapSnapshot(process.argv[1]);
`;

const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
try {
  const file = join(folder, 'rows.heapsnapshot');
  execFileSync(process.execPath, ['--max-old-space-size=6000', '-e', program, file]);
  console.log(`${(statSync(file).size / 1e6).toFixed(0)} MB, ${rounds} rounds`);
  const taken = { columns: [] as Taken[], json: [] as Taken[] };
  for (let round = 0; round < rounds; round++)
    for (const way of ['columns', 'json'] as const) taken[way].push(run(way, file));
  for (const [way, all] of Object.entries(taken)) {
    const of = (column: keyof Taken) => median(all.map(each => each[column]));
    console.log(
      `${way.padEnd(8)} CPU ${of('readMs').toFixed(0)} ms to read, ${of('analyzeMs').toFixed(0)} ms to analyse; peak ${(of('peakBytes') / 1e6).toFixed(0)} MB`,
    );
  }
  const cpu = ratios(
    taken.columns.map(each => each.readMs),
    taken.json.map(each => each.readMs),
  );
  const peak = ratios(
    taken.columns.map(each => each.peakBytes),
    taken.json.map(each => each.peakBytes),
  );
  console.log(
    `reading takes ${cpu.median.toFixed(2)} times the CPU of JSON.parse; all of it ${peak.median.toFixed(2)} times its memory`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(way: string, file: string): Taken {
  const task = new URL('task.js', import.meta.url).pathname;
  return JSON.parse(
    execFileSync(process.execPath, ['--max-old-space-size=6000', task, way, file], { encoding: 'utf8' }),
  );
}

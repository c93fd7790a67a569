/**
 * What `nops async` costs: the speed of the scan; CPU and memory of a dump of a large heap, and for how long that process stood still,
 * beside a heap snapshot that the same process writes; and what a loaded server loses while it is dumped once a second.
 *
 *   node bench/dist/beside-async/main.js [heap in MB] [rounds of load] [snapshot: 1, or 0 to leave it out, since it takes minutes]
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../lib/statistics.js';
import { answer, compute, end, runNops, startTarget, type Used } from './child.js';
import { measureScan } from './scan.js';
import { measureThroughput } from './throughput.js';

const megabytes = process.argv[2] ?? '500';
const rounds = Number(process.argv[3] ?? 5);
const withSnapshot = process.argv[4] !== '0';
const dumps = 5;
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

interface Still {
  longestMs: number;
  heapBytes: number;
}

const child = startTarget(['heap', megabytes, folder]);
await answer(child);
measureScan(child);

const { heapBytes } = await answer<Still>(child, 'still');
await new Promise(resolve => setTimeout(resolve, 3000));
const { longestMs: alone } = await answer<Still>(child, 'still');
// What a process that only computes, elsewhere, does to the event loop: the machine's share in it.
for (let round = 0; round < dumps; round++) await compute(1500);
const { longestMs: beside } = await answer<Still>(child, 'still');
console.log(`a process with ${(heapBytes / 1e6).toFixed(0)} MB of live heap and 4000 suspended functions`);
for (const args of [[], ['--why', '0']]) {
  const used: Used[] = [];
  for (let round = 0; round < dumps; round++) used.push(await runNops(['async', String(child.pid), '--json', ...args]));
  const { longestMs } = await answer<Still>(child, 'still');
  const cpu = median(used.map(({ cpuMs }) => cpuMs)).toFixed(0);
  const rss = (median(used.map(({ peakRssBytes }) => peakRssBytes)) / 1e6).toFixed(0);
  const what = `nops async ${args.join(' ')}`.trim().padEnd(20);
  console.log(
    `  ${what} ${cpu} ms of CPU, ${rss} MB at most in nops; event loop still for ${longestMs.toFixed(1)} ms at most, ${alone.toFixed(1)} when left alone, ${beside.toFixed(1)} beside a process that only computes`,
  );
}
if (withSnapshot) {
  const { snapshotMs, peakRssBytes } = await answer<{ snapshotMs: number; peakRssBytes: number }>(child, 'snapshot');
  console.log(
    `  writeHeapSnapshot    the process stood still for ${(snapshotMs / 1000).toFixed(1)} s and took ${(peakRssBytes / 1e6).toFixed(0)} MB at most`,
  );
}
await end(child);
await measureThroughput(rounds);

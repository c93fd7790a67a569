/** What a loaded server loses while it is dumped once a second, against neighbouring rounds without, and an A/A control. */

import autocannon from 'autocannon';
import { ratios } from '../lib/statistics.js';
import { answer, end, runNops, startTarget } from './child.js';

const variants = ['without', 'control', 'dumped'] as const;
const secondsEach = 5;

export async function measureThroughput(rounds: number): Promise<void> {
  const child = startTarget(['server']);
  const { port } = await answer<{ port: number }>(child);
  await load(port, 3);
  const rates = new Map<string, number[]>(variants.map(variant => [variant, []]));
  let dumps = 0;
  let failed = 0;
  for (let round = 0; round < rounds; round++) {
    for (const variant of variants) {
      const stop = new AbortController();
      const dumping = variant === 'dumped' ? dumpEachSecond(child.pid ?? 0, stop.signal) : Promise.resolve(0);
      const { requests, errors, non2xx } = await load(port, secondsEach);
      stop.abort();
      dumps += await dumping;
      failed += errors + non2xx;
      rates.get(variant)?.push(requests.average);
    }
  }
  await end(child);
  const base = rates.get('without') ?? [];
  console.log(
    `throughput of a loaded server, ratio to neighbouring rounds without (median, smallest, largest of ${rounds})`,
  );
  for (const variant of ['control', 'dumped']) {
    const { median, min, max } = ratios(rates.get(variant) ?? [], base);
    console.log(`  ${variant.padEnd(8)} ${median.toFixed(3)}  ${min.toFixed(3)} to ${max.toFixed(3)}`);
  }
  console.log(`  ${dumps} dumps; requests that failed: ${failed}`);
}

function load(port: number, duration: number): Promise<autocannon.Result> {
  return Promise.resolve(autocannon({ url: `http://127.0.0.1:${port}`, connections: 20, duration }));
}

async function dumpEachSecond(pid: number, signal: AbortSignal): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    const began = performance.now();
    await runNops(['async', String(pid), '--json']);
    count++;
    await new Promise(resolve => setTimeout(resolve, Math.max(0, 1000 - (performance.now() - began))));
  }
  return count;
}

/** What a loaded server loses while it is dumped once a second, against neighbouring rounds without, and an A/A control. */

import autocannon from 'autocannon';
import { ratios } from '../lib/statistics.js';
import { answer, compute, end, runNops, startTarget } from './child.js';

/** `neighbour`: beside a process that computes for as long as a dump takes, once a second, and reads nothing. */
const variants = ['without', 'control', 'dumped', 'neighbour'] as const;
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
      const dumping = beside(variant, child.pid ?? 0, stop.signal);
      const { requests, errors, non2xx } = await load(port, secondsEach);
      stop.abort();
      const done = await dumping;
      if (variant === 'dumped') dumps += done;
      failed += errors + non2xx;
      rates.get(variant)?.push(requests.average);
    }
  }
  await end(child);
  const base = rates.get('without') ?? [];
  console.log(
    `throughput of a loaded server, ratio to neighbouring rounds without (median, smallest, largest of ${rounds})`,
  );
  for (const variant of variants.slice(1)) {
    const { median, min, max } = ratios(rates.get(variant) ?? [], base);
    console.log(`  ${variant.padEnd(9)} ${median.toFixed(3)}  ${min.toFixed(3)} to ${max.toFixed(3)}`);
  }
  console.log(`  ${dumps} dumps; ${dumpCpuMs.toFixed(0)} ms of CPU for the last; requests that failed: ${failed}`);
}

function load(port: number, duration: number): Promise<autocannon.Result> {
  return Promise.resolve(autocannon({ url: `http://127.0.0.1:${port}`, connections: 20, duration }));
}

let dumpCpuMs = 0;

/** Does what the variant asks for once a second; how often it did. */
async function beside(variant: (typeof variants)[number], pid: number, signal: AbortSignal): Promise<number> {
  let count = 0;
  while (!signal.aborted && (variant === 'dumped' || variant === 'neighbour')) {
    const began = performance.now();
    if (variant === 'dumped') dumpCpuMs = (await runNops(['async', String(pid), '--json'])).cpuMs;
    else await compute(dumpCpuMs);
    count++;
    await new Promise(resolve => setTimeout(resolve, Math.max(0, 1000 - (performance.now() - began))));
  }
  return count;
}

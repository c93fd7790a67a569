/**
 * What `nops top` costs a server under full load: requests per second and CPU per request, without, without again (the A/A control), and
 * while it is sampled. One server serves all rounds; they are interleaved, so that each ratio compares neighbours in time.
 *
 *   node bench/dist/beside/top-overhead.js [rounds] [seconds of a round] [samples per second]
 */

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { median, ratios } from '../lib/statistics.js';

const rounds = Number(process.argv[2] ?? 9);
const seconds = Number(process.argv[3] ?? 4);
const rate = process.argv[4] ?? '100';
const nops = fileURLToPath(import.meta.resolve('nops/bin/nops.js'));
const connections = 20;

const variants = ['without', 'control', 'top'] as const;
interface Cost {
  requestsPerSec: number;
  microsPerRequest: number;
}
const costs = new Map<string, Cost[]>(variants.map(variant => [variant, []]));

const server = fork(new URL('../agent-overhead/server.js', import.meta.url), ['bare']);
process.on('exit', () => server.kill('SIGKILL'));
const [{ port }] = (await once(server, 'message')) as [{ port: number }];
await load(2);
for (let round = 0; round < rounds; round++) {
  for (const variant of variants) {
    costs.get(variant)?.push(await measure(variant === 'top'));
    process.stderr.write(`\rround ${round + 1} of ${rounds}, ${variant}      `);
  }
}
process.stderr.write('\n');
report();
server.disconnect();

async function measure(sampled: boolean): Promise<Cost> {
  const watcher = sampled ? await startTop() : undefined;
  const before = await cpuMicros();
  const requests = await load(seconds);
  const after = await cpuMicros();
  if (watcher !== undefined) {
    if (watcher.exitCode !== null) throw new Error('nops top has ended');
    watcher.kill('SIGINT');
    await once(watcher, 'exit');
  }
  return { requestsPerSec: requests / seconds, microsPerRequest: (after - before) / requests };
}

/** Resolves when it printed its first table: then it samples. */
async function startTop(): Promise<ChildProcess> {
  const args = [nops, 'top', String(server.pid), '-r', rate];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.stdout.resume();
  return child;
}

async function load(duration: number): Promise<number> {
  const result = await autocannon({ url: `http://127.0.0.1:${port}/`, connections, duration });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`);
  return result.requests.total;
}

async function cpuMicros(): Promise<number> {
  server.send('usage');
  const [told] = (await once(server, 'message')) as [{ cpuMicros: number }];
  return told.cpuMicros;
}

function report(): void {
  const of = (variant: string, field: keyof Cost) => (costs.get(variant) ?? []).map(cost => cost[field]);
  console.log(`Node ${process.versions.node}, ${rounds} rounds of ${seconds} s, nops top at ${rate} Hz`);
  for (const variant of variants) {
    const cells = (['requestsPerSec', 'microsPerRequest'] as const).map(field => {
      const { median: ratio, min, max } = ratios(of(variant, field), of('without', field));
      const unit = field === 'requestsPerSec' ? 'requests/s' : 'µs of CPU each';
      return `${median(of(variant, field)).toFixed(1)} ${unit}, ratio ${ratio.toFixed(3)} (${min.toFixed(3)}-${max.toFixed(3)})`;
    });
    console.log(`  ${variant.padEnd(8)} ${cells.join('   ')}`);
  }
}

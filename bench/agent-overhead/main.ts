/**
 * What an idle agent costs: CPU per request of a loaded server without and with it, and a second time without (the A/A control, which
 * shows the noise); memory beside it. Rounds are interleaved, so each ratio compares neighbours in time.
 *
 *   node bench/dist/agent-overhead/main.js [rounds] [requests per round]
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { median, ratios } from '../lib/statistics.js';

const rounds = Number(process.argv[2] ?? 9);
const requests = Number(process.argv[3] ?? 30_000);
const connections = 20;
/** The agent of a real service: found by its path, since the benchmark stands outside of any package that depends on it. */
const agent = import.meta.resolve('@nops/agent/register');
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

type Variant = 'without' | 'control' | 'agent' | 'agent+heap';
const variants: Variant[] = ['without', 'control', 'agent', 'agent+heap'];

interface Cost {
  microsPerRequest: number;
  idleMicrosPerSecond: number;
  rssBytes: number;
}

for (const kind of ['bare', 'express']) {
  const costs = new Map<Variant, Cost[]>(variants.map(variant => [variant, []]));
  for (let round = 0; round < rounds; round++) {
    for (const variant of variants) {
      costs.get(variant)?.push(await measure(kind, variant));
      process.stderr.write(`\r${kind}: round ${round + 1} of ${rounds}, ${variant}      `);
    }
  }
  process.stderr.write('\n');
  report(kind, costs);
}

async function measure(kind: string, variant: Variant): Promise<Cost> {
  const child = fork(new URL('./server.js', import.meta.url), [kind], {
    execArgv: variant.startsWith('agent') ? ['--import', agent] : [],
    env: { ...process.env, NOPS_DIR: folder, NOPS_HEAP: variant === 'agent+heap' ? '1' : '0' },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  await load(port, requests / 4);
  const before = await usage(child);
  await load(port, requests);
  const after = await usage(child);
  const idle = await idleCpu(child);
  child.disconnect();
  await once(child, 'exit');
  return {
    microsPerRequest: (after.cpuMicros - before.cpuMicros) / requests,
    idleMicrosPerSecond: idle,
    rssBytes: after.rssBytes,
  };
}

async function load(port: number, amount: number): Promise<void> {
  const result = await autocannon({ url: `http://127.0.0.1:${port}/`, connections, amount });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`);
}

async function idleCpu(child: ChildProcess): Promise<number> {
  const seconds = 3;
  await new Promise(resolve => setTimeout(resolve, 1000));
  const before = await usage(child);
  await new Promise(resolve => setTimeout(resolve, seconds * 1000));
  return ((await usage(child)).cpuMicros - before.cpuMicros) / seconds;
}

async function usage(child: ChildProcess): Promise<{ cpuMicros: number; rssBytes: number }> {
  child.send('usage');
  const [told] = (await once(child, 'message')) as [{ cpuMicros: number; rssBytes: number }];
  return told;
}

function report(kind: string, costs: Map<Variant, Cost[]>): void {
  const of = (variant: Variant, field: keyof Cost) => (costs.get(variant) ?? []).map(cost => cost[field]);
  const base = of('without', 'microsPerRequest');
  console.log(`${kind} server, Node ${process.versions.node}, ${rounds} rounds of ${requests} requests`);
  for (const variant of variants) {
    const { median: ratio, min, max } = ratios(of(variant, 'microsPerRequest'), base);
    const rss = (median(of(variant, 'rssBytes')) - median(of('without', 'rssBytes'))) / 1e6;
    const cells = [
      variant.padEnd(12),
      `${median(of(variant, 'microsPerRequest')).toFixed(1)} µs of CPU per request`,
      `ratio ${ratio.toFixed(3)} (${min.toFixed(3)}-${max.toFixed(3)})`,
      `idle ${(median(of(variant, 'idleMicrosPerSecond')) / 1e4).toFixed(3)} % of a core`,
      `RSS ${rss >= 0 ? '+' : ''}${rss.toFixed(1)} MB`,
    ];
    console.log(`  ${cells.join('   ')}`);
  }
}

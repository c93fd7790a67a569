/**
 * What recording a trace costs: CPU per request of a loaded server with an agent that records, against one whose agent is asked nothing; a
 * second one of those is the A/A control. `after` is a server whose recording has ended. Rounds are interleaved, so each ratio compares
 * neighbours in time. Told for the whole process, the agent's thread included, and for the main thread alone.
 *
 *   node bench/dist/trace/main.js [rounds] [requests per round] [peers]
 *
 * With `peers` also Node's own --trace-event-categories node.async_hooks, with fewer requests.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { median, ratios } from '../lib/statistics.js';

const rounds = Number(process.argv[2] ?? 7);
const requests = Number(process.argv[3] ?? 20_000);
const withPeers = process.argv[4] === 'peers';
const connections = 20;
const agent = import.meta.resolve('@nops/agent/register');
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const variants = [
  'idle',
  'control',
  'trace',
  'trace+cpu',
  'flight',
  'after',
  ...(withPeers ? ['node.async_hooks'] : []),
] as const;
type Variant = (typeof variants)[number];

interface Cost {
  all: number;
  main: number;
  lost: string;
}

for (const kind of ['express', 'async']) {
  const costs = new Map<Variant, Cost[]>(variants.map(variant => [variant, []]));
  for (let round = 0; round < rounds; round++) {
    for (const variant of variants) {
      process.stderr.write(`\r${kind}: round ${round + 1} of ${rounds}, ${variant}          `);
      costs.get(variant)?.push(await measure(kind, variant));
    }
  }
  process.stderr.write('\n');
  report(kind, costs);
}

async function measure(kind: string, variant: Variant): Promise<Cost> {
  const child = fork(new URL('./server.js', import.meta.url), [kind], {
    execArgv:
      variant === 'node.async_hooks'
        ? ['--trace-event-categories', 'node.async_hooks', '--trace-event-file-pattern', join(folder, 'peer.log')]
        : ['--import', agent],
    env: { ...process.env, NOPS_DIR: folder, ...(variant === 'flight' ? { NOPS_FLIGHT: '1' } : {}) },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  await load(port, requests / 2);
  const recording = variant.startsWith('trace') || variant === 'after' ? record(child, variant) : undefined;
  await recording?.begun;
  if (variant === 'after') await recording?.stop();
  const before = await usage(child);
  await load(port, requests);
  const after = await usage(child);
  const bytes = (await recording?.stop()) ?? 0;
  child.disconnect();
  await once(child, 'exit');
  return {
    all: (after.cpuMicros - before.cpuMicros) / requests,
    main: (after.mainMicros - before.mainMicros) / requests,
    lost: `${(bytes / 1e6).toFixed(1)} MB`,
  };
}

function record(child: ChildProcess, variant: Variant): { begun: Promise<void>; stop(): Promise<number> } {
  const socketPath = join(
    folder,
    readdirSync(folder).find(name => name.startsWith(`nops-${child.pid}-`) && name.endsWith('.sock')) ?? '',
  );
  let bytes = 0;
  let begin = () => {};
  const begun = new Promise<void>(resolve => {
    begin = resolve;
  });
  const path = `/debug/pprof/trace?seconds=60&hz=${variant === 'trace' ? 0 : 100}`;
  const request = get({ socketPath, path, headers: { host: 'localhost' }, agent: false }, response => {
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    response.on('error', () => {});
    begin();
  });
  request.on('error', () => {});
  return {
    begun,
    stop: async () => {
      request.destroy();
      await new Promise(resolve => setTimeout(resolve, 500));
      return bytes;
    },
  };
}

async function load(port: number, amount: number): Promise<void> {
  const result = await autocannon({ url: `http://127.0.0.1:${port}/`, connections, amount });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed`);
}

async function usage(child: ChildProcess): Promise<{ cpuMicros: number; mainMicros: number }> {
  child.send('usage');
  const [told] = (await once(child, 'message')) as [{ cpuMicros: number; mainMicros: number }];
  return told;
}

function report(kind: string, costs: Map<Variant, Cost[]>): void {
  const of = (variant: Variant, field: 'all' | 'main') => (costs.get(variant) ?? []).map(cost => cost[field]);
  console.log(`${kind} server, Node ${process.versions.node}, ${rounds} rounds of ${requests} requests`);
  for (const variant of variants) {
    const all = ratios(of(variant, 'all'), of('idle', 'all'));
    const main = ratios(of(variant, 'main'), of('idle', 'main'));
    const cells = [
      variant.padEnd(16),
      `${median(of(variant, 'all')).toFixed(1)} µs of CPU per request`,
      `process ${all.median.toFixed(3)} (${all.min.toFixed(3)}-${all.max.toFixed(3)})`,
      `main thread ${main.median.toFixed(3)} (${main.min.toFixed(3)}-${main.max.toFixed(3)})`,
      costs.get(variant)?.[0]?.lost ?? '',
    ];
    console.log(`  ${cells.join('   ')}`);
  }
}

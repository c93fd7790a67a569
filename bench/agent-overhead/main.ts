/**
 * What an agent costs in each of its modes: CPU per request of a loaded server without and with it, and a second time without (the A/A
 * control, which shows the noise); CPU while idle, and memory, beside it. Rounds are interleaved, so each ratio compares neighbours in time.
 *
 *   node bench/dist/agent-overhead/main.js [rounds] [requests per round]
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpoints } from '@nops/core/protocol/endpoints';
import autocannon from 'autocannon';
import { median, ratios } from '../lib/statistics.js';

const rounds = Number(process.argv[2] ?? 9);
const requests = Number(process.argv[3] ?? 30_000);
const connections = 20;
/** The agent of a real service: found by its path, since the benchmark stands outside of any package that depends on it. */
const agent = import.meta.resolve('@nops/agent/register');
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

interface Mode {
  env?: Record<string, string>;
  /** Somebody takes a CPU profile all the while. */
  isProfiled?: boolean;
}

const modes: Record<string, Mode | undefined> = {
  without: undefined,
  control: undefined,
  idle: {},
  profiled: { isProfiled: true },
  warm: { env: { NOPS_PROFILE: 'warm' } },
  heap: { env: { NOPS_HEAP: '1' } },
  'warm + heap': { env: { NOPS_PROFILE: 'warm', NOPS_HEAP: '1' } },
};

interface Cost {
  microsPerRequest: number;
  idleMicrosPerSecond: number;
  rssBytes: number;
}

for (const kind of ['bare', 'express']) {
  const costs = new Map<string, Cost[]>(Object.keys(modes).map(name => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, mode] of Object.entries(modes)) {
      costs.get(name)?.push(await measure(kind, mode));
      process.stderr.write(`\r${kind}: round ${round + 1} of ${rounds}, ${name}      `);
    }
  }
  process.stderr.write('\n');
  report(kind, costs);
}

async function measure(kind: string, mode: Mode | undefined): Promise<Cost> {
  const child = fork(new URL('./server.js', import.meta.url), [kind], {
    execArgv: mode === undefined ? [] : ['--import', agent],
    env: { ...process.env, NOPS_DIR: folder, NOPS_HEAP: '0', NOPS_PROFILE: 'on-demand', ...mode?.env },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  await load(port, requests / 4);
  const stop = mode?.isProfiled === true ? await profileAllTheTime(child) : () => {};
  const before = await usage(child);
  await load(port, requests);
  const after = await usage(child);
  stop();
  const idle = await idleCpu(child);
  child.disconnect();
  await once(child, 'exit');
  return {
    microsPerRequest: (after.cpuMicros - before.cpuMicros) / requests,
    idleMicrosPerSecond: idle,
    rssBytes: after.rssBytes,
  };
}

/** Has begun when this resolves: what the start costs is not what is measured here (see bench/engine). */
async function profileAllTheTime(child: ChildProcess): Promise<() => void> {
  const announcement = readdirSync(folder).find(
    file => file.startsWith(`nops-${child.pid}-`) && file.endsWith('.json'),
  );
  if (announcement === undefined) throw new Error('no agent');
  const socketPath = join(folder, announcement.replace(/json$/, 'sock'));
  const path = `${endpoints.profile.path}?seconds=300`;
  const sent = request({ socketPath, path, agent: false, headers: { host: 'localhost' } });
  sent.on('error', () => {});
  sent.end();
  await once(sent, 'response');
  // The first look at its stack from beside costs 0.1 s of CPU, once.
  await new Promise(resolve => setTimeout(resolve, 2000));
  return () => void sent.destroy();
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

function report(kind: string, costs: Map<string, Cost[]>): void {
  const of = (name: string, field: keyof Cost) => (costs.get(name) ?? []).map(cost => cost[field]);
  const base = of('without', 'microsPerRequest');
  console.log(`${kind} server, Node ${process.versions.node}, ${rounds} rounds of ${requests} requests`);
  for (const name of Object.keys(modes)) {
    const { median: ratio, min, max } = ratios(of(name, 'microsPerRequest'), base);
    const rss = (median(of(name, 'rssBytes')) - median(of('without', 'rssBytes'))) / 1e6;
    const cells = [
      name.padEnd(12),
      `${median(of(name, 'microsPerRequest')).toFixed(1)} µs of CPU per request`,
      `ratio ${ratio.toFixed(3)} (${min.toFixed(3)}-${max.toFixed(3)})`,
      `idle ${(median(of(name, 'idleMicrosPerSecond')) / 1e4).toFixed(3)} % of a core`,
      `RSS ${rss >= 0 ? '+' : ''}${rss.toFixed(1)} MB`,
    ];
    console.log(`  ${cells.join('   ')}`);
  }
}

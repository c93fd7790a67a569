/**
 * What labels cost a loaded server: CPU per request while it is profiled (100 Hz) without labels, a second time so (the A/A control), with
 * routes, and with routes while nobody profiles, against no profile at all. Rounds are interleaved; ratios are taken within a round.
 *
 *   node bench/dist/labels/main.js [rounds] [seconds per measurement]
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { nodes } from '../lib/nodes.js';
import { median, ratios } from '../lib/statistics.js';

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 3);
const agent = import.meta.resolve('@nops/agent/register');
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const variants = {
  profiled: { labels: '0', profile: true },
  control: { labels: '0', profile: true },
  'profiled, routes': { labels: 'routes', profile: true },
  'not profiled': { labels: '0', profile: false },
  'not profiled, routes': { labels: 'routes', profile: false },
};
type Variant = keyof typeof variants;

for (const [version, node] of nodes()) {
  for (const kind of ['bare', 'async']) {
    const costs = new Map<string, number[]>(Object.keys(variants).map(name => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const name of Object.keys(variants) as Variant[]) {
        costs.get(name)?.push(await measure(node, kind, name));
        process.stderr.write(`\rNode ${version}, ${kind}: round ${round + 1} of ${rounds}, ${name}          `);
      }
    }
    process.stderr.write('\n');
    console.log(`${kind} server, Node ${version}, ${rounds} rounds of ${seconds} s`);
    for (const [name, micros] of costs) {
      const { median: ratio, min, max } = ratios(micros, costs.get('profiled') ?? []);
      const told = `ratio ${ratio.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)})`;
      console.log(`  ${name.padEnd(22)} ${median(micros).toFixed(1)} µs of CPU per request   ${told}`);
    }
  }
}

/** Microseconds of CPU per request. */
async function measure(node: string, kind: string, name: Variant): Promise<number> {
  const { labels, profile } = variants[name];
  const child = fork(new URL('./server.js', import.meta.url), [kind], {
    execPath: node,
    execArgv: ['--import', agent],
    env: { ...process.env, NOPS_DIR: folder, NOPS_LABELS: labels },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const socket = await socketOf(child);
  await load(port, 1);
  const profiled = profile ? takeProfile(socket) : undefined;
  if (profile) await new Promise(resolve => setTimeout(resolve, 500));
  const before = await usage(child);
  await load(port, seconds);
  const after = await usage(child);
  await profiled;
  child.disconnect();
  await once(child, 'exit');
  return (after.cpuMicros - before.cpuMicros) / (after.requests - before.requests);
}

function load(port: number, duration: number): Promise<unknown> {
  return autocannon({ url: `http://127.0.0.1:${port}/`, connections: 20, duration });
}

async function socketOf({ pid }: ChildProcess): Promise<string> {
  for (let tries = 0; tries < 500; tries++) {
    const socket = readdirSync(folder).find(file => file.includes(`-${pid}-`) && file.endsWith('.sock'));
    if (socket !== undefined) return socket;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  throw new Error('no agent');
}

/** Lasts longer than the load. */
function takeProfile(socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = `/debug/pprof/profile?seconds=${seconds + 2}&thread=main`;
    const asked = request({ socketPath: join(folder, socket), path, headers: { host: 'localhost' } }, answer => {
      answer.resume().on('close', resolve);
    });
    asked.on('error', reject).end();
  });
}

async function usage(child: ChildProcess): Promise<{ cpuMicros: number; requests: number }> {
  child.send('usage');
  const [told] = (await once(child, 'message')) as [{ cpuMicros: number; requests: number }];
  return told;
}

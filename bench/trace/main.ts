/**
 * What recording a trace costs: CPU per request of a loaded server while it records, against one whose agent is asked nothing. Rounds are
 * interleaved, and within one both are measured one after the other in processes that have been warm for long, so each ratio compares
 * neighbours in time. `control` is a second server that is asked nothing; `after` the one that records, when it does not.
 * Told for the main thread alone, and for the whole process, whose agent thread encodes and compresses.
 *
 *   node bench/dist/trace/main.js [rounds] [requests per measurement] [node_modules of peers]
 *
 * With peers also Node's own --trace-event-categories node.async_hooks, and clinic's bubbleprof, loaded as its `collect` does it:
 * npm install --ignore-scripts in bench/peers, and bench/peers/node_modules here.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import autocannon from 'autocannon';
import { median, ratios } from '../lib/statistics.js';

const rounds = Number(process.argv[2] ?? 9);
const requests = Number(process.argv[3] ?? 5000);
const peers = process.argv[4];
const connections = 10;
const agent = import.meta.resolve('@nops/agent/register');
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

interface Server {
  child: ChildProcess;
  port: number;
}

interface Cost {
  process: number;
  main: number;
}

for (const kind of ['express', 'async']) {
  const plain = await start(kind);
  const second = await start(kind);
  const traced = await start(kind);
  const flight = await start(kind, { NOPS_FLIGHT: '1' });
  const others = peers === undefined ? {} : await startPeers(kind, resolve(peers));
  const measures: Record<string, () => Promise<Cost>> = {
    plain: () => measure(plain),
    control: () => measure(second),
    trace: () => recording(traced, 0),
    'trace+cpu': () => recording(traced, 100),
    after: () => measure(traced),
    flight: () => measure(flight),
    ...Object.fromEntries(Object.entries(others).map(([name, server]) => [name, () => measure(server)])),
  };
  const costs = new Map<string, Cost[]>(Object.keys(measures).map(name => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, take] of Object.entries(measures)) {
      process.stderr.write(`\r${kind}: round ${round + 1} of ${rounds}, ${name}          `);
      const cost = await take();
      // The first round warms up.
      if (round >= 0) costs.get(name)?.push(cost);
    }
  }
  process.stderr.write('\n');
  report(kind, costs);
  for (const server of [plain, second, traced, flight, ...Object.values(others)]) server.child.disconnect();
}

function start(kind: string, env: Record<string, string> = {}): Promise<Server> {
  return launch(kind, ['--import', agent], { NOPS_DIR: folder, ...env });
}

/** Their files go where the benchmark's do. */
async function startPeers(kind: string, modules: string): Promise<Record<string, Server>> {
  const category = ['--trace-event-categories', 'node.async_hooks'];
  const own = await launch(kind, [...category, '--trace-event-file-pattern', join(folder, 'async-hooks.log')], {});
  const injected = ['-r', 'no-cluster.js', '-r', 'logger.js', '--trace-events-enabled', ...category];
  const bubbleprof = await launch(kind, [], {
    NODE_PATH: join(modules, '@clinic/bubbleprof/injects'),
    NODE_OPTIONS: injected.join(' '),
    NODE_CLINIC_BUBBLEPROF_DATA_PATH: join(folder, 'bubbleprof'),
  });
  return { 'node.async_hooks': own, bubbleprof };
}

async function launch(kind: string, execArgv: string[], env: Record<string, string>): Promise<Server> {
  const child = fork(new URL('./server.js', import.meta.url), [kind], {
    execArgv,
    env: { ...process.env, ...env },
    cwd: folder,
    // bubbleprof writes to descriptor 3.
    stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'ipc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, port };
}

async function measure({ child, port }: Server): Promise<Cost> {
  await load(port, requests / 4);
  const before = await usage(child);
  await load(port, requests);
  const after = await usage(child);
  return {
    process: (after.cpuMicros - before.cpuMicros) / requests,
    main: (after.mainMicros - before.mainMicros) / requests,
  };
}

/** Measures while a trace is recorded, and has that ended. */
async function recording(server: Server, hz: number): Promise<Cost> {
  const name = readdirSync(folder).find(file => file.startsWith(`nops-${server.child.pid}-`) && file.endsWith('.sock'));
  const options = {
    socketPath: join(folder, name ?? ''),
    path: `/debug/trace?seconds=60&hz=${hz}`,
    headers: { host: 'localhost' },
    agent: false,
  };
  const request = get(options, response => response.resume().on('error', () => {}));
  request.on('error', () => {});
  const [response] = await once(request, 'response');
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`);
  try {
    return await measure(server);
  } finally {
    request.destroy();
    await new Promise(resolve => setTimeout(resolve, 500));
  }
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

function report(kind: string, costs: Map<string, Cost[]>): void {
  const of = (name: string, field: keyof Cost) => (costs.get(name) ?? []).map(cost => cost[field]);
  console.log(`${kind} server, Node ${process.versions.node}, ${rounds} rounds of ${requests} requests`);
  for (const name of costs.keys()) {
    const cells = (['main', 'process'] as const).map(field => {
      const { median: ratio, min, max } = ratios(of(name, field), of('plain', field));
      return `${field} ${ratio.toFixed(3)} (${min.toFixed(3)}-${max.toFixed(3)})`;
    });
    console.log(`  ${[name.padEnd(16), `${median(of(name, 'main')).toFixed(1)} µs a request`, ...cells].join('   ')}`);
  }
}

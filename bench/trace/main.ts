/**
 * What recording a trace costs: CPU per request of a loaded server while it records, against the same process right before and right after.
 * Not against another one: two processes of one program differ by up to a fifth for as long as they live, by how V8 happened to compile
 * them. `control` is a second process that is left alone, measured in the same way. `after …`: what the first costs between and after them,
 * against what it cost before all, over the same of the control, since processes get a little slower with time. `empty hooks`: async_hooks
 * that do nothing, the least that a recorder of callbacks costs; they come first, so that after them nothing has been recorded yet.
 * Told for the main thread alone, and for the whole process, whose agent thread encodes and compresses.
 *
 *   node bench/dist/trace/main.js [processes] [rounds] [requests per measurement] [node_modules of peers]
 *
 * With peers also Node's own --trace-event-categories node.async_hooks, and clinic's bubbleprof, loaded as its `collect` does it, each against
 * the control: npm install --ignore-scripts in bench/peers, and bench/peers/node_modules here.
 */

import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { median } from '../lib/statistics.js';
import { type Cost, LoadedServer } from './loaded-server.js';

const processes = Number(process.argv[2] ?? 3);
const rounds = Number(process.argv[3] ?? 3);
const requests = Number(process.argv[4] ?? 20_000);
const peers = process.argv[5];
const agent = import.meta.resolve('@nops/agent/register');
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const fields = ['main', 'process'] as const;

/** Each runs `measure` with something switched on. */
const states: Record<string, (server: LoadedServer, measure: () => Promise<Cost>) => Promise<Cost>> = {
  'empty hooks': async (server, measure) => {
    await server.ask('hooks');
    const cost = await measure();
    await server.ask('no hooks');
    return cost;
  },
  trace: (server, measure) => recording(server, 0, measure),
  'trace+cpu': (server, measure) => recording(server, 100, measure),
  flight: async (server, measure) => {
    await server.ask('flight');
    const cost = await measure();
    await server.ask('idle');
    return cost;
  },
};

for (const kind of ['express', 'async']) {
  const ratios = new Map<string, Cost[]>();
  const add = (name: string, ratio: Cost) => ratios.set(name, [...(ratios.get(name) ?? []), ratio]);
  const plain: Cost[] = [];
  for (let number = 1; number <= processes; number++) {
    const server = await start(kind);
    const control = await start(kind);
    plain.push(
      await compare(server, control, add, step => show(`${kind}: process ${number} of ${processes}, ${step}`)),
    );
    server.stop();
    control.stop();
  }
  if (peers !== undefined) await comparePeers(kind, resolve(peers), add);
  process.stderr.write('\n');
  report(kind, plain, ratios);
}

/** Adds the ratios of one process; gives what it costs when nothing is recorded. */
async function compare(
  server: LoadedServer,
  control: LoadedServer,
  add: (name: string, ratio: Cost) => void,
  tell: (step: string) => void,
): Promise<Cost> {
  const measure = () => server.measure(requests);
  const costs: Cost[] = [];
  const controls: Cost[] = [];
  const both = async () => {
    controls.push(await control.measure(requests));
    costs.push(await measure());
  };
  tell('before');
  for (let round = 0; round < 3; round++) await both();
  const before = { server: middle(costs), control: middle(controls) };
  for (const [name, run] of Object.entries(states)) {
    const first = costs.length;
    for (let round = 1; round <= rounds; round++) {
      tell(`${name}, round ${round} of ${rounds}`);
      const cost = await run(server, measure);
      await both();
      add(name, over(cost, mean(costs.at(-2) ?? missing, costs.at(-1) ?? missing)));
    }
    const drift = over(middle(controls.slice(first)), before.control);
    add(`after ${name}`, over(over(middle(costs.slice(first)), before.server), drift));
  }
  for (let at = 1; at + 1 < controls.length; at++) {
    add('control', over(controls[at] ?? missing, mean(controls[at - 1] ?? missing, controls[at + 1] ?? missing)));
  }
  return before.server;
}

const missing: Cost = { main: Number.NaN, process: Number.NaN };

function mean(a: Cost, b: Cost): Cost {
  return { main: (a.main + b.main) / 2, process: (a.process + b.process) / 2 };
}

function over(a: Cost, b: Cost): Cost {
  return { main: a.main / b.main, process: a.process / b.process };
}

function middle(costs: readonly Cost[]): Cost {
  return { main: median(costs.map(({ main }) => main)), process: median(costs.map(cost => cost.process)) };
}

function start(kind: string): Promise<LoadedServer> {
  return LoadedServer.start(kind, { cwd: folder, execArgv: ['--import', agent], env: { NOPS_DIR: folder } });
}

/** Measures while a trace is recorded, and has that ended. */
async function recording(server: LoadedServer, hz: number, measure: () => Promise<Cost>): Promise<Cost> {
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
    return await measure();
  } finally {
    request.destroy();
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}

/** Their files go where the benchmark's do. */
async function comparePeers(kind: string, modules: string, add: (name: string, ratio: Cost) => void): Promise<void> {
  const category = ['--trace-event-categories', 'node.async_hooks'];
  const injected = ['-r', 'no-cluster.js', '-r', 'logger.js', '--trace-events-enabled', ...category];
  const launches = {
    'node.async_hooks': {
      execArgv: [...category, '--trace-event-file-pattern', join(folder, 'async-hooks.log')],
      env: {},
    },
    bubbleprof: {
      execArgv: [],
      env: {
        NODE_PATH: join(modules, '@clinic/bubbleprof/injects'),
        NODE_OPTIONS: injected.join(' '),
        NODE_CLINIC_BUBBLEPROF_DATA_PATH: join(folder, 'bubbleprof'),
      },
    },
  };
  // They take up to a millisecond a request.
  const few = Math.min(requests, 5000);
  for (const [name, launch] of Object.entries(launches)) {
    show(`${kind}: ${name}`);
    const control = await start(kind);
    const peer = await LoadedServer.start(kind, { cwd: folder, ...launch });
    for (let round = 0; round < rounds; round++) {
      const base = await control.measure(few);
      add(name, over(await peer.measure(few), base));
    }
    control.stop();
    peer.stop();
  }
}

function show(step: string): void {
  process.stderr.write(`\r${step.padEnd(70)}`);
}

function report(kind: string, plain: readonly Cost[], ratios: ReadonlyMap<string, readonly Cost[]>): void {
  const { main } = middle(plain);
  console.log(
    `${kind} server, Node ${process.versions.node}, ${main.toFixed(1)} µs a request; ${processes} processes, ${rounds} rounds of ${requests} requests`,
  );
  for (const [name, all] of ratios) {
    const cells = fields.map(field => {
      const values = all.map(ratio => ratio[field]);
      const range = `${Math.min(...values).toFixed(3)}-${Math.max(...values).toFixed(3)}`;
      return `${field} ${median(values).toFixed(3)} (${range})`;
    });
    console.log(`  ${[name.padEnd(18), ...cells].join('   ')}`);
  }
}

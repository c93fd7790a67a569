/**
 * What the command itself costs: wall time of `nops` over many real Node processes, of `nops <pid>`, `nops stack <pid>` and
 * `nops --version`, beside `node -e 0`, which any command of Node's starts with, and `ps`. Each round runs all of them once, one after
 * the other, so each ratio compares neighbours in time; `node -e 0` runs twice, as the control that shows the noise.
 *
 *   node bench/dist/list/main.js [rounds] [processes]
 *
 * The node that runs it is the one that is measured.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, ratios } from '../lib/statistics.js';

const rounds = Number(process.argv[2] ?? 21);
const count = Number(process.argv[3] ?? 200);
const root = new URL('../../../', import.meta.url);
const nops = fileURLToPath(new URL('cli/bin/nops.js', root));
const agent = fileURLToPath(new URL('agent/dist/register.js', root));
/** As many at a time start: each takes a core for some 50 ms. */
const startedAtOnce = 10;
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
const env = { ...process.env, NOPS_DIR: folder, NODE_OPTIONS: '' };
const children: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const plain = await start([]);
const withAgent = await start(['--import', agent]);
const variants: Record<string, string[]> = {
  'node -e 0': [process.execPath, '-e', '0'],
  control: [process.execPath, '-e', '0'],
  'nops --version': [process.execPath, nops, '--version'],
  'nops <pid>': [process.execPath, nops, String(plain)],
  'nops <pid>, with agent': [process.execPath, nops, String(withAgent)],
  'nops stack <pid>': [process.execPath, nops, 'stack', String(plain)],
  'nops fds <pid>': [process.execPath, nops, 'fds', String(plain)],
};
/** What is asked of all processes, and so waits until they are there. */
const lists: Record<string, string[]> = {
  'node -e 0': [process.execPath, '-e', '0'],
  control: [process.execPath, '-e', '0'],
  'ps -eo …': ['ps', '-eo', 'pid,ppid,user,pcpu,rss,etime,args'],
  nops: [process.execPath, nops],
};

const bundled = existsSync(new URL('cli/bundle/main.cjs', root)) ? 'bundled' : 'as compiled';
console.log(`Node ${process.versions.node}, nops ${bundled}, ${rounds} rounds`);
report('one process', measure(variants));
while (children.length < count) {
  await Promise.all(Array.from({ length: Math.min(startedAtOnce, count - children.length) }, () => start([])));
}
const costs = measure(lists);
report(`${children.length} Node processes`, costs);
const times = (name: string) => costs.get(name) ?? [];
const { median: toPs, min, max } = ratios(times('nops'), times('ps -eo …'));
console.log(
  `  nops to ps: ${toPs.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)}); 150 ms of it are the wait that CPU is measured over`,
);

// The processes would keep this one.
process.exit();

/** Starts a process that does nothing; its pid, once it runs. */
async function start(options: string[]): Promise<number> {
  const code = 'setInterval(() => {}, 60_000); console.log("ready")';
  const child = spawn(process.execPath, [...options, '-e', code], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

/** Milliseconds of each variant, round by round. */
function measure(commands: Record<string, string[]>): Map<string, number[]> {
  const taken = new Map<string, number[]>(Object.keys(commands).map(name => [name, []]));
  // The first round only warms the file cache.
  for (let round = -1; round < rounds; round++) {
    for (const [name, [command = '', ...args]] of Object.entries(commands)) {
      const started = performance.now();
      const { status, stderr } = spawnSync(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const tookMs = performance.now() - started;
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
      if (round >= 0) taken.get(name)?.push(tookMs);
    }
  }
  return taken;
}

function report(title: string, costs: Map<string, number[]>): void {
  console.log(title);
  const base = costs.get('node -e 0') ?? [];
  for (const [name, values] of costs) {
    const { median: ratio, min, max } = ratios(values, base);
    const spread = `ratio ${ratio.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)})`;
    console.log(`  ${name.padEnd(24)}${median(values).toFixed(1).padStart(7)} ms   ${spread}`);
  }
}

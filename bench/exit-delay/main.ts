/**
 * How long a process takes from the signal that has it end to its end: alone, alone once more (what chance does), with an attached agent, and
 * while `nops cpu` measures. Rounds are interleaved; the delay is the difference to the same round alone.
 *
 *   node bench/dist/exit-delay/main.js [rounds [version ...]]
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nodes } from '../lib/nodes.js';
import { median } from '../lib/statistics.js';
import { code, endings } from './target.js';

const [asked = '5', ...wanted] = process.argv.slice(2);
const rounds = Number(asked);
const nops = fileURLToPath(new URL('../../../cli/bin/nops.js', import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const env = { ...process.env, NOPS_DIR: folder };
/** Until a profile that has begun is under way. */
const measuringMs = 1000;

type Prepare = (pid: string) => Promise<ChildProcess | undefined>;
const variants: Record<string, Prepare> = {
  alone: async () => undefined,
  again: async () => undefined,
  attached: async pid => {
    await run(process.execPath, [nops, 'attach', pid], { env });
    return undefined;
  },
  'nops cpu': async pid => {
    const command = spawn(process.execPath, [nops, 'cpu', pid, '-s', '60', '-o', join(folder, 'cpu')], {
      env,
      stdio: 'ignore',
    });
    while (!readdirSync(folder).some(name => name.startsWith(`nops-${pid}-`) && name.endsWith('.json')))
      await sleep(20);
    await sleep(measuringMs);
    return command;
  },
};

console.log('milliseconds from the signal to the end: median (longest); of the delays: median (longest)');
for (const [version, node] of nodes()) {
  if (wanted.length > 0 && !wanted.includes(version)) continue;
  for (const [ending, signal] of Object.entries(endings)) {
    const taken: Record<string, number[]> = {};
    for (let round = 0; round < rounds; round++) {
      for (const [variant, prepare] of Object.entries(variants)) {
        taken[variant] ??= [];
        taken[variant].push(await end(node, signal, prepare));
      }
    }
    const alone = taken['alone'] ?? [];
    const told = Object.entries(taken).map(([variant, times]) => {
      if (variant === 'alone') return `alone ${show(times)}`;
      return `${variant} ${show(times.map((time, round) => time - (alone[round] ?? Number.NaN)))}`;
    });
    console.log(`Node ${version} ${ending.padEnd(15)}  ${told.join(', ')}`);
  }
}

async function end(node: string, signal: NodeJS.Signals, prepare: Prepare): Promise<number> {
  const child = spawn(node, ['--inspect-port=0', '-e', code], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const command = await prepare(String(child.pid));
  const began = performance.now();
  child.kill(signal);
  await once(child, 'exit');
  const tookMs = performance.now() - began;
  if (command !== undefined && command.exitCode === null) await once(command, 'exit');
  return tookMs;
}

function show(times: number[]): string {
  return `${median(times).toFixed(0)} (${Math.max(...times).toFixed(0)})`;
}

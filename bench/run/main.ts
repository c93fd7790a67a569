/**
 * What `nops run` costs the process that it starts: CPU time of a fixed piece of work by itself, once more (what chance does), and profiled or
 * traced. Rounds are interleaved; ratios are to the same round alone. Start-up and the end are in it, as they are for the user.
 *
 *   node bench/dist/run/main.js [rounds [version ...]]
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodes } from '../lib/nodes.js';
import { median } from '../lib/statistics.js';

const [asked = '5', ...wanted] = process.argv.slice(2);
const nops = fileURLToPath(new URL('../../../cli/bin/nops.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

/** Parses, sorts and awaits for some two seconds of CPU, and tells what all threads of the process have used. */
const work = `const text = JSON.stringify(Array.from({ length: 2000 }, (_, i) => ({ i, name: 'n' + i })));
(async () => {
  for (let round = 0; round < 800; round++) {
    JSON.parse(text).sort((a, b) => (a.name < b.name ? -1 : 1));
    await new Promise(resolve => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage();
  console.log(user + system);
})();`;

const variants: Record<string, string[] | undefined> = {
  again: undefined,
  '--cpu': ['--cpu'],
  '--heap': ['--heap'],
  '--trace': ['--trace'],
};

console.log('CPU time of the process as a ratio to itself alone: median (highest)');
for (const [version, node] of nodes()) {
  if (wanted.length > 0 && !wanted.includes(version)) continue;
  const found: Record<string, number[]> = {};
  for (let round = 0; round < Number(asked); round++) {
    const alone = cpuMicros(node, undefined);
    for (const [name, options] of Object.entries(variants)) {
      found[name] ??= [];
      found[name].push(cpuMicros(node, options) / alone);
    }
  }
  const told = Object.entries(found).map(
    ([name, all]) => `${name} ${median(all).toFixed(2)} (${Math.max(...all).toFixed(2)})`,
  );
  console.log(`Node ${version}  ${told.join(', ')}`);
}

function cpuMicros(node: string, options: string[] | undefined): number {
  const command =
    options === undefined
      ? [node, '-e', work]
      : [process.execPath, nops, 'run', ...options, '-o', folder, '--', node, '-e', work];
  const [file = '', ...args] = command;
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const micros = Number(stdout.trim());
  if (!(micros > 0)) throw new Error(`${command.join(' ')}: ${stderr}`);
  return micros;
}

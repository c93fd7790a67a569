/**
 * From `nops attach` to its answer, which comes when the agent answers: on an idle process and in a busy loop, on every Node of the tests.
 *
 *   node bench/dist/attach/main.js [rounds]
 */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nodes } from '../lib/nodes.js';
import { median } from '../lib/statistics.js';

const rounds = Number(process.argv[2] ?? 10);
const nops = fileURLToPath(new URL('../../../cli/bin/nops.js', import.meta.url));
const run = promisify(execFile);

const states = {
  idle: "setInterval(() => {}, 1000); console.log('ready');",
  busy: "console.log('ready'); for (let sum = 0; ; sum += Math.sqrt(sum)) if (sum < 0) break;",
};

for (const [version, node] of nodes()) {
  for (const [state, code] of Object.entries(states)) {
    const child = spawn(node, ['--inspect-port=0', '-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const attached: number[] = [];
    const again: number[] = [];
    const detached: number[] = [];
    for (let round = 0; round < rounds; round++) {
      attached.push(await time('attach', child.pid));
      again.push(await time('attach', child.pid)); // it is there: what the command itself costs
      detached.push(await time('detach', child.pid));
    }
    child.kill('SIGKILL');
    const told = [attached, again, detached].map(
      times => `${median(times).toFixed(0)} (${Math.max(...times).toFixed(0)})`,
    );
    console.log(
      `Node ${version} ${state}: attach ${told[0]} ms, again ${told[1]}, detach ${told[2]}; median (longest)`,
    );
  }
}

async function time(command: string, pid: number | undefined): Promise<number> {
  const began = performance.now();
  await run(process.execPath, [nops, command, String(pid)]);
  return performance.now() - began;
}

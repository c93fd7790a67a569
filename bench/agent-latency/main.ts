/**
 * How soon the agent answers on its unix socket while the app's thread is idle, and while it runs in circles: `info` needs nothing of
 * that thread, `stack` interrupts it.
 *
 *   node bench/dist/agent-latency/main.js [requests of each kind]
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpoints } from '@nops/core/protocol/endpoints';

const count = Number(process.argv[2] ?? 200);
const folder = mkdtempSync(join(tmpdir(), 'nops-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

for (const [state, argument] of [
  ['idle', 'idle'],
  ['spinning', 'spin'],
] as const) {
  const child = fork(new URL('./target.js', import.meta.url), [argument], {
    execArgv: ['--import', import.meta.resolve('@nops/agent/register')],
    env: { ...process.env, NOPS_DIR: folder },
  });
  await once(child, 'message');
  const socketPath = await findSocket(child.pid);
  // The target begins to spin a moment after its start.
  await new Promise(resolve => setTimeout(resolve, 2000));
  for (const name of ['info', 'stack'] as const) {
    const times: number[] = [];
    for (let i = 0; i < count; i++) times.push(await timeRequest(socketPath, endpoints[name].path));
    times.sort((a, b) => a - b);
    const at = (share: number) => (times[Math.min(count - 1, Math.floor(count * share))] ?? Number.NaN).toFixed(1);
    console.log(`${state.padEnd(9)} ${name.padEnd(6)} p50 ${at(0.5)} ms   p99 ${at(0.99)} ms   max ${at(1)} ms`);
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function findSocket(pid: number | undefined): Promise<string> {
  for (;;) {
    const name = readdirSync(folder).find(file => file.startsWith(`nops-${pid}-`) && file.endsWith('.json'));
    if (name !== undefined) return join(folder, name.replace(/json$/, 'sock'));
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

function timeRequest(socketPath: string, path: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, agent: false, headers: { host: 'localhost' } }, response => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - began);
        else reject(new Error(`${path}: ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

/**
 * For how long the inspector of a process that is attached to can be connected to: from the signal to the last moment in which it listens.
 * The signal is seen by strace(1), the listener by a process that reads the kernel's table of sockets without pause.
 *
 *   node bench/dist/attach/window.js [rounds] [<another checkout's nops.js> ...]
 *
 * Each nops is measured in turn, so that a machine that changes its speed changes it for all.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodes } from '../lib/nodes.js';
import { median } from '../lib/statistics.js';

const [asked = '10', ...others] = process.argv.slice(2);
const rounds = Number(asked);
const own = fileURLToPath(new URL('../../../cli/bin/nops.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nops-window-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const states = {
  idle: "setInterval(() => {}, 1000); console.log('ready');",
  busy: "console.log('ready'); for (let sum = 0; ; sum += Math.sqrt(sum)) if (sum < 0) break;",
};

/** Says when the port (its argument) begins and ends to be listened on, in milliseconds since 1970. */
const watcher = `const fs = require('node:fs');
const mark = ':' + Number(process.argv[1]).toString(16).toUpperCase().padStart(4, '0') + ' 00000000:0000 0A';
let isOpen = false;
const look = () => {
  const open = fs.readFileSync('/proc/net/tcp', 'latin1').includes(mark);
  if (open !== isOpen) fs.writeSync(1, (open ? 'open ' : 'closed ') + (performance.timeOrigin + performance.now()) + '\\n');
  isOpen = open;
  setImmediate(look);
};
look();
console.log('watching');`;

for (const [version, node] of nodes()) {
  for (const [state, code] of Object.entries(states)) {
    const windows = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      for (const nops of [own, ...others]) {
        const ms = await measure(nops, node, code);
        windows.set(nops, [...(windows.get(nops) ?? []), ms]);
      }
    }
    for (const [nops, found] of windows) {
      const all = found.filter(ms => !Number.isNaN(ms));
      const which = nops === own ? '' : ` ${nops}`;
      console.log(
        `Node ${version} ${state}${which}: signal to closed ${median(all).toFixed(1)} ms (longest ${Math.max(...all).toFixed(1)}), ${all.length} of ${found.length}`,
      );
    }
  }
}

/** A process of its own for each, since what was attached before would be found. NaN when it could not be attached to. */
async function measure(nops: string, node: string, code: string): Promise<number> {
  const port = await freePort();
  const target = spawn(node, [`--inspect-port=${port}`, '-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(target.stdout, 'data');
  const watch = spawn(process.execPath, ['-e', watcher, String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
  let seen = '';
  watch.stdout.on('data', chunk => {
    seen += chunk;
  });
  await once(watch.stdout, 'data');
  const log = join(folder, 'signals');
  try {
    const strace = ['--seccomp-bpf', '-f', '-qq', '-ttt', '-e', 'trace=kill,tkill,tgkill', '-o', log];
    const env = { ...process.env, NOPS_DIR: folder, NOPS_SHARED_HOST: '1' };
    const words = [...strace, process.execPath, nops, 'attach', String(target.pid)];
    const attach = spawn('strace', words, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    attach.stdout.resume();
    // strace itself stays until the last process has ended, such as one that watches the inspector.
    await Promise.race([once(attach.stdout, 'data'), once(attach, 'close'), sleep(30_000)]);
    await sleep(300); // it may open once more
  } finally {
    end(watch);
    end(target);
  }
  const signal = readFileSync(log, 'utf8')
    .split('\n')
    .find(line => line.includes('SIGUSR1'));
  const closed = [...seen.matchAll(/closed ([\d.]+)/g)].map(([, at]) => Number(at));
  return (closed[0] ?? Number.NaN) - Number(signal?.split(/\s+/)[1]) * 1000;
}

function end(child: ChildProcess): void {
  child.kill('SIGKILL');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

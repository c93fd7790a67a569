/** `nops` killed with SIGKILL in the middle of each of its steps: the process goes on, and nothing of nops is left in it. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readListeners } from '@nops/probe/through/listeners';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { startTarget, type Target, until } from '../support/target.js';
import { folder, nops, nopsPath } from './helpers.js';

/** A server on a unix socket, so that every TCP port that it listens on is an inspector's. */
const serve = (path: string) => `require('node:http').createServer((request, response) => response.end('served'))
.listen(${JSON.stringify(path)}, () => console.log('ready'));`;

/** When it is killed: as soon as this is seen. */
interface Moment {
  name: string;
  isNow(target: Target, command: ChildProcess): boolean;
  /** Milliseconds after that. */
  laterMs?: number;
}

const hasAgent = ({ pid }: Target): boolean =>
  readdirSync(folder).some(name => name.startsWith(`nops-${pid}-`) && name.endsWith('.json'));
/** proc_pid_task_children: by main thread and libuv's. */
const hasChild = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8') !== '';
  } catch {
    return false;
  }
};
const signalled: Moment = {
  name: 'after the signal, before it has connected',
  isNow: ({ pid }) => readListeners(pid).own.size > 0,
};
const connected: Moment = {
  name: 'when it has connected',
  isNow: target => /Debugger attached/.test(target.output().stderr),
};
const agentIsUp: Moment = { name: 'when the agent has come up', isNow: hasAgent };

/** Which commands, and when each is killed. */
const cases: [command: (pid: string) => string[], Moment[]][] = [
  [
    pid => ['attach', pid],
    [
      { name: 'before the signal', isNow: (_, { pid }) => hasChild(pid ?? 0) },
      signalled,
      connected,
      { ...connected, name: 'while it evaluates', laterMs: 10 },
    ],
  ],
  [
    pid => ['cpu', pid, '-s', '20', '-o', join(folder, 'cpu')],
    [agentIsUp, { ...agentIsUp, name: 'while it measures', laterMs: 1500 }],
  ],
  [
    pid => ['heap', pid, '-s', '20', '-o', join(folder, 'heap')],
    [{ ...agentIsUp, name: 'while it measures', laterMs: 1000 }],
  ],
  [pid => ['pools', pid, '-s', '20'], [{ ...agentIsUp, name: 'while it measures', laterMs: 500 }]],
  [
    pid => ['eval', pid, 'for (const end = Date.now() + 1500; Date.now() < end; );', '--run-in-process'],
    [{ ...connected, name: 'while it evaluates', laterMs: 300 }],
  ],
  [
    pid => ['heap-snapshot', pid, '-o', join(folder, 'snapshot')],
    [{ ...connected, name: 'while it writes', laterMs: 200 }],
  ],
];

for (const version of [nodeVersions[0], nodeVersions.at(-1)]) {
  const node = nodeBinary(version ?? '') ?? '';
  const skip = node === '' ? `Node ${version} is not installed` : false;
  for (const [commandOf, moments] of cases) {
    const [name] = commandOf('');
    test(`Node ${version}: nops ${name} is killed ${moments.map(moment => moment.name).join('; ')}`, {
      skip,
    }, async t => {
      // Each is a process of its own; all at once, since a lease takes seconds to end.
      await Promise.all(moments.map((moment, index) => killAt(t, { node, moment, commandOf, index })));
    });
  }
}

/** To meet a moment. */
const maxTries = 10;

interface Kill {
  node: string;
  moment: Moment;
  commandOf(pid: string): string[];
  index: number;
}

async function killAt(t: TestContext, { node, moment, commandOf, index }: Kill): Promise<void> {
  const socket = join(folder, `served-${process.hrtime.bigint()}-${index}`);
  const env = { NOPS_DIR: folder };
  const execArgv = ['--inspect-port=0'];
  const target = await startTarget(t, serve(socket), { node, env, execArgv, noSocket: true, type: 'cjs' });
  await target.said('ready');
  assert.equal(await ask(socket), 'served');
  const before = threadsOf(target.pid);
  let killed = false;
  for (let tries = 0; !killed && tries < maxTries; tries++) {
    const command = spawn(process.execPath, [nopsPath, ...commandOf(String(target.pid))], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    t.after(() => command.kill('SIGKILL'));
    while (!moment.isNow(target, command) && command.exitCode === null) await sleep(1);
    await sleep(moment.laterMs ?? 0);
    killed = command.exitCode === null && command.kill('SIGKILL');
    // The moment lasts some milliseconds, in which this process had no time.
    if (!killed && staysAttached(target.pid)) await nops(['detach', String(target.pid)]);
  }
  assert.ok(killed, `${moment.name}: it had ended before, ${maxTries} times`);
  // It may have just done its work: then the agent is there as it was asked for.
  if (staysAttached(target.pid)) await nops(['detach', String(target.pid)]);
  await untouched(target, before, moment.name);
  assert.equal(await ask(socket), 'served');
  const next = await nops([String(target.pid), '--json']);
  assert.equal(next.code, 0, next.stderr);
  assert.equal((JSON.parse(next.stdout) as { agent: unknown }).agent, null);
  assert.deepEqual(filesOf(target.pid), []);
  assert.deepEqual([target.child.exitCode, target.child.signalCode], [null, null]);
}

function staysAttached(pid: number): boolean {
  const file = filesOf(pid).find(name => name.endsWith('.json'));
  return file !== undefined && !('leased' in JSON.parse(readFileSync(join(folder, file), 'utf8')));
}

/** No inspector, no agent, no file; the signal makes Node start no thread that stays. */
async function untouched({ pid }: Target, before: number, when: string): Promise<void> {
  await until(
    () => (readListeners(pid).own.size === 0 && filesOf(pid).length === 0 && threadsOf(pid) <= before) || undefined,
    () =>
      `${when}: listeners ${[...readListeners(pid).own]}, files ${filesOf(pid)}, ${threadsOf(pid)} threads of ${before}`,
    40_000,
  );
}

const filesOf = (pid: number): string[] => readdirSync(folder).filter(name => name.startsWith(`nops-${pid}-`));
const threadsOf = (pid: number): number => readdirSync(`/proc/${pid}/task`).length;

function ask(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath, agent: false }, response => {
      let text = '';
      response.on('data', chunk => (text += chunk));
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

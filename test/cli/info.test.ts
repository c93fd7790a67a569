/** `nops <pid>` against real processes: gops's fields, the agent's, limits, options, and what each way reaches. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { InfoResult } from '@nops/core/protocol/results';
import { cgroupFacts } from '@nops/probe/beside/cgroup';
import { parseCgroupMounts } from '@nops/probe/beside/mounts';
import { folder, nops, startNode, startWithAgent, until } from './helpers.js';

async function info(...args: string[]): Promise<InfoResult> {
  const { code, stdout, stderr } = await nops(['info', ...args, '--json']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return JSON.parse(stdout) as InfoResult;
}

const serve = `const net = require('net'); const server = net.createServer(s => s.on('error', () => {})).listen(0, '127.0.0.1', () => {
  const { port } = server.address(); net.connect(port, '127.0.0.1', () => console.log(port)); });`;
const quiet = 'setInterval(() => {}, 1000); console.log("ready")';

let beside = { pid: 0, line: '' };
let agent = { pid: 0, line: '' };
before(async () => {
  const environment = {
    ...process.env,
    NODE_OPTIONS: '--max-http-header-size=20000 --title=x --title=--api-token=s3cr3t',
  };
  beside = await startNode(['--stack-size=900', '-e', serve, '--', '--password', 'hunter2'], {
    ...environment,
    NODE_OPTIONS: '--max-http-header-size=20000',
  });
  agent = await startWithAgent(serve);
});

test('from beside: gops’s fields', async () => {
  const result = await info(String(beside.pid));
  assert.equal(result.way, 'beside');
  assert.equal(result.ppid, process.pid);
  assert.equal(result.uid, process.geteuid?.());
  assert.ok((result.elapsedSeconds ?? -1) >= 0);
  const { usage } = result;
  assert.ok(usage !== null && usage.threads > 1 && usage.rssBytes > 0 && usage.cpuSeconds > 0);
  assert.ok((usage.memoryPercent ?? 0) > 0 && (usage.memoryPercent ?? 0) < 100);
  assert.equal(usage.cpuPercent, null, 'nothing was measured');
  assert.deepEqual(result.connections?.listeners, [`127.0.0.1:${beside.line}`]);
  assert.equal(result.connections?.total, 2);
  const text = (await nops([String(beside.pid)])).stdout;
  for (const field of ['parent pid', 'username', 'command', 'elapsed', 'threads', 'memory', 'cpu']) {
    assert.match(text, new RegExp(`^${field} +\\S`, 'm'));
  }
  assert.match(text, new RegExp(`^ +127\\.0\\.0\\.1:${beside.line} <-> 127\\.0\\.0\\.1:\\d+ \\(ESTABLISHED\\)$`, 'm'));
});

test('Node’s options are told, and secrets on the command line are not', async () => {
  const result = await info(String(beside.pid));
  assert.equal(result.flags?.nodeOptions, '--max-http-header-size=20000');
  assert.equal(result.flags?.execArgv?.[0], '--stack-size=900');
  assert.deepEqual(result.command.slice(-2), ['--password', '[redacted]']);
  assert.equal(result.flags?.redacted, 1);
  assert.doesNotMatch(JSON.stringify(result), /hunter2/);
});

test('a duration after the pid, or -s, measures CPU over it', async () => {
  for (const args of [
    [String(beside.pid), '200ms'],
    [String(beside.pid), '-s', '0.2'],
  ]) {
    const { usage } = await info(...args);
    assert.equal(usage?.measuredSeconds, 0.2);
    assert.ok((usage?.cpuPercent ?? -1) >= 0);
  }
  assert.match((await nops([String(beside.pid), '200ms'])).stdout, /^cpu .* % over 0\.2 s$/m);
  assert.equal((await nops([String(beside.pid), '-s', '61'])).code, 2);
  assert.equal((await nops([String(beside.pid), '2x'])).code, 3, 'another target, which there is not');
});

test('with an agent: event loop, handles and heap at once, and its stats with -s', async () => {
  const { way, pulse, stats, v8 } = await info(String(agent.pid));
  assert.equal(way, 'agent');
  assert.ok((pulse?.loopDelayMs ?? -1) >= 0);
  assert.ok((pulse?.activeHandles ?? 0) >= 3);
  assert.ok((pulse?.heap?.usedBytes ?? 0) > 0);
  assert.equal(stats, null);
  assert.ok(v8 !== null);
  const measured = await info(String(agent.pid), '1s');
  assert.ok((measured.stats?.loop?.delayMaxMs ?? -1) >= 0);
  assert.match((await nops([String(agent.pid)])).stdout, /^event loop +came round in /m);
});

test('what each way reaches, with and without an agent', async () => {
  const worksIn = async (pid: number) =>
    Object.fromEntries((await info(String(pid))).reach.map(({ way, works }) => [way, works]));
  const canLook = (await worksIn(beside.pid))['beside'];
  assert.deepEqual(await worksIn(beside.pid), { beside: canLook, agent: false, through: canLook });
  assert.deepEqual(await worksIn(agent.pid), { beside: canLook, agent: true, through: true });
  if (process.getuid?.() === 0) assert.equal(canLook, true);
});

test('an event loop that does not come round is told, not waited for', async () => {
  const code = `setTimeout(() => { require('fs').writeSync(1, 'ready\\n'); for (;;); }, 100)`;
  const { pid } = await startWithAgent(code);
  const { pulse } = await info(String(pid));
  assert.equal(pulse?.loopDelayMs, null);
  assert.match((await nops([String(pid)])).stdout, /^event loop +does not come round$/m);
});

test('several targets: each answered, in order; JSON is a document on each line', async () => {
  const pids = [beside.pid, agent.pid];
  const ended = await nops(['info', ...pids.map(String), '--json']);
  const lines = ended.stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map(line => (JSON.parse(line) as InfoResult).pid),
    pids,
  );
  for (const command of ['stats', 'stack', 'memstats']) {
    const text = (await nops([command, ...pids.map(String)])).stdout;
    for (const pid of pids) assert.match(text, new RegExp(`^== ${pid} ==$`, 'm'));
  }
});

test('several targets: one that is gone is named, the others are told, and the exit code is its own', async () => {
  const ended = await nops(['stack', String(beside.pid), '4194305', String(agent.pid)]);
  assert.equal(ended.code, 3);
  assert.match(ended.stderr, /^nops: 4194305: no process 4194305\n {2}next: /);
  for (const pid of [beside.pid, agent.pid]) assert.match(ended.stdout, new RegExp(`main thread ${pid} `));
});

const cpuGroup = `/sys/fs/cgroup/cpu/nops-test-${process.pid}`;
const memoryGroup = `/sys/fs/cgroup/memory/nops-test-${process.pid}`;

function makeGroups(): boolean {
  try {
    for (const group of [cpuGroup, memoryGroup]) mkdirSync(group);
    after(() => {
      for (const group of [cpuGroup, memoryGroup]) rmdirSync(group);
    });
    return true;
  } catch {
    return false;
  }
}

test('limits and throttling of a control group of version 1', async t => {
  if (!makeGroups()) return t.skip('no control groups of version 1 that may be made');
  writeFileSync(join(cpuGroup, 'cpu.cfs_quota_us'), '25000');
  writeFileSync(join(memoryGroup, 'memory.limit_in_bytes'), String(512 * 1024 ** 2));
  const { pid } = await startNode(['-e', `console.log('ready'); for (;;);`]);
  for (const group of [cpuGroup, memoryGroup]) writeFileSync(join(group, 'cgroup.procs'), String(pid));
  const cgroup = await until('it to be held back', async () => {
    const { cgroup } = await info(String(pid));
    // The kernel counts the time when the process may run again, the period before that.
    return (cgroup?.cpu?.throttledMs ?? 0) > 0 ? cgroup : undefined;
  });
  assert.equal(cgroup.cpu?.limitCores, 0.25);
  assert.ok((cgroup.cpu?.throttledPeriods ?? 0) > 0);
  assert.equal(cgroup.memory?.limitBytes, 512 * 1024 ** 2);
  assert.match((await nops([String(pid)])).stdout, /^cgroup cpu +0\.25 cores, held back in \d+ of \d+ periods/m);
  process.kill(pid, 'SIGKILL');
  await until('it to leave its groups', () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
});

/** The files of a pod's group as a machine with version 2 alone has them; this machine may have version 1. */
test('limits of a control group of version 2: the tightest of the ancestors holds', () => {
  const root = mkdtempSync(join(folder, 'cgroup2-'));
  const pod = join(root, 'kubepods.slice/pod1');
  mkdirSync(join(pod, 'app'), { recursive: true });
  writeFileSync(join(root, 'cpu.stat'), 'usage_usec 1\n');
  writeFileSync(join(pod, 'cpu.max'), '150000 100000\n');
  writeFileSync(join(pod, 'cpu.stat'), 'usage_usec 5\nnr_periods 40\nnr_throttled 4\nthrottled_usec 123000\n');
  writeFileSync(join(pod, 'memory.max'), '268435456\n');
  writeFileSync(join(pod, 'memory.current'), '90000000\n');
  writeFileSync(join(pod, 'app/cpu.max'), 'max 100000\n');
  writeFileSync(join(pod, 'app/cpu.stat'), 'usage_usec 5\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n');
  writeFileSync(join(pod, 'app/memory.max'), 'max\n');
  writeFileSync(join(pod, 'app/memory.current'), '80000000\n');
  writeFileSync(join(pod, 'app/memory.events'), 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n');
  const mounts = parseCgroupMounts(`30 23 0:26 / ${root} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n`);
  assert.deepEqual(cgroupFacts('0::/kubepods.slice/pod1/app\n', mounts), {
    versions: [2],
    cpu: { path: '/kubepods.slice/pod1/app', limitCores: 1.5, periods: 40, throttledPeriods: 4, throttledMs: 123 },
    memory: { path: '/kubepods.slice/pod1/app', limitBytes: 268435456, currentBytes: 80000000, oomKills: 1 },
  });
});

test('quiet processes have no connections to list', async () => {
  const { pid } = await startNode(['-e', quiet]);
  const { connections } = await info(String(pid));
  assert.deepEqual(connections, { total: 0, listed: [], groups: [], listeners: [] });
});

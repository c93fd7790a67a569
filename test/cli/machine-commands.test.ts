/** `tree`, `version` and `doctor` against real processes and this machine. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { DoctorResult, TreeNode, TreeResult, VersionResult } from '@nops/core/protocol/machine-results';
import { folder, nops, startNode, startWithAgent, until } from './helpers.js';

/** A primary with a cluster worker, a fork, a child behind a shell, and a worker thread; each child tells its pid. */
const family = `
  const cluster = require('node:cluster'), { fork, spawn } = require('node:child_process'), fs = require('node:fs');
  const stay = () => setInterval(() => {}, 1000);
  if (cluster.isWorker || process.argv[2] === 'fork') stay();
  else {
    const worker = cluster.fork();
    const forked = fork(__filename, ['fork'], { env: { ...process.env, NODE_UNIQUE_ID: undefined } });
    const shell = spawn('sh', ['-c', '"$0" -e "setInterval(() => {}, 1000)"; true', process.execPath], { stdio: 'ignore' });
    new (require('node:worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true });
    console.log(JSON.stringify({ cluster: worker.process.pid, fork: forked.pid, shell: shell.pid }));
  }`;

interface Pids {
  cluster: number;
  fork: number;
  shell: number;
}

let root = 0;
let pids: Pids = { cluster: 0, fork: 0, shell: 0 };
before(async () => {
  const script = join(mkdtempSync(join(folder, 'family-')), 'family.js');
  writeFileSync(script, family);
  const started = await startNode([script]);
  root = started.pid;
  pids = JSON.parse(started.line) as Pids;
});

/** The shell's child outlives it. */
let grandchild = 0;
after(() => {
  for (const pid of [pids.cluster, pids.fork, pids.shell, grandchild]) if (pid > 0) kill(pid);
});

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone with its parent.
  }
}

async function treeOf(pid: number): Promise<TreeNode> {
  const { code, stdout, stderr } = await nops(['tree', String(pid), '--json']);
  assert.equal(code, 0, stderr);
  const [node] = (JSON.parse(stdout) as TreeResult).roots;
  assert.ok(node !== undefined);
  return node;
}

test('tree tells cluster workers, forks and children apart, with worker threads as leaves', async () => {
  const node = await until('the family to be complete', async () => {
    const found = await treeOf(root);
    return found.children.length === 3 && found.workers.length === 1 ? found : undefined;
  });
  const kinds = Object.fromEntries(node.children.map(child => [child.pid, child.kind]));
  assert.equal(kinds[pids.cluster], 'cluster');
  assert.equal(kinds[pids.fork], 'fork');
  const child = node.children.find(({ kind }) => kind === 'child');
  assert.deepEqual(child?.via, [{ pid: pids.shell, name: 'sh' }]);
  grandchild = child?.pid ?? 0;

  const text = (await nops(['tree', String(root)])).stdout;
  assert.match(text, new RegExp(`^${root} \\(family\\) \\{v${process.versions.node}\\} child$`, 'm'));
  assert.match(text, new RegExp(`^├── ${pids.cluster} \\(family\\) .* cluster worker$`, 'm'));
  assert.match(text, new RegExp(`^├── ${child?.pid} \\(node -e\\) .* child via sh ${pids.shell}$`, 'm'));
  assert.match(text, new RegExp(`^└── thread ${node.workers[0]?.tid} \\(`, 'm'));
});

test('tree names the thread that is the agent’s own, and marks the process', async () => {
  const { pid } = await startWithAgent('setInterval(() => {}, 1000); console.log("ready")');
  const node = await treeOf(pid);
  assert.deepEqual(
    node.workers.map(({ name }) => name),
    ['nops agent'],
  );
  assert.match((await nops(['tree'])).stdout, new RegExp(`${pid} \\[\\*\\] \\(node -e\\)`));
});

test('version: of nops, and of Node, V8 and the agent in a process', async () => {
  const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve('nops/package.json')), 'utf8')) as {
    version: string;
  };
  const { pid } = await startWithAgent('setInterval(() => {}, 1000); console.log("ready")');
  const alone = JSON.parse((await nops(['version', '--json'])).stdout) as VersionResult;
  assert.deepEqual(alone, { schema: 'nops.version/1', nops: version, node: process.versions.node, target: null });
  const { target } = JSON.parse((await nops(['version', String(pid), '--json'])).stdout) as VersionResult;
  const { node, v8 } = process.versions;
  assert.deepEqual(target, { pid, node, v8, agent: version });
});

test('doctor checks this machine, and ends with 0 where nops works', async () => {
  const ended = await nops(['doctor', '--json']);
  const { checks } = JSON.parse(ended.stdout) as DoctorResult;
  const broken = checks.filter(({ status }) => status === 'broken');
  assert.equal(ended.code, broken.length === 0 ? 0 : 1);
  const named = new Map(checks.map(check => [check.name, check]));
  assert.equal(named.get('node')?.status, 'ok');
  assert.equal(named.get('/proc')?.status, 'ok');
  assert.match(named.get('ptrace rights')?.seen ?? '', /^tried: a child can be read, another process of yours can/);
  for (const { status, fix } of checks) assert.ok(status === 'ok' || fix !== null, 'says how to get what is missing');
  assert.match((await nops(['doctor'])).stdout, /^ok +node +\d/m);
});

test('doctor leaves nothing behind, and says what is wrong with a folder', async () => {
  const open = mkdtempSync(join(tmpdir(), 'nops-open-'));
  after(() => rmSync(open, { recursive: true }));
  chmodSync(open, 0o777);
  const ended = await nops(['doctor'], { NOPS_DIR: open });
  assert.match(ended.stdout, new RegExp(`^limited +agents’ folder +${open} is open to others \\(mode 777\\)$`, 'm'));
  assert.match(ended.stdout, /→ .*chmod 700/);
});

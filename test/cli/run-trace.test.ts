/** `nops run --trace`: traces of real processes from their first moment to however they end, read as any other. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TraceTasks } from '@nops/core/protocol/trace-results';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { folder, nops, until } from './helpers.js';
import { type Run, runCommand, script } from './run-command.js';

const requests = 25;
/** Answers as many requests of its own, and prints a line then. */
const server = (end: string) => `
const http = require('node:http');
const server = http.createServer((request, response) => setTimeout(() => response.end('x'), 5));
server.listen(0, async () => {
  for (let i = 0; i < ${requests}; i++) {
    await new Promise(done => http.get({ port: server.address().port, path: '/items/' + i }, answer => answer.resume().on('end', done)));
  }
  console.log(process.pid);
  ${end}
});`;

async function requestsIn(file: string): Promise<{ tasks: TraceTasks; count: number }> {
  const { stdout, stderr } = await nops(['trace', 'tasks', file, '--json']);
  assert.equal(stderr, '');
  const tasks = JSON.parse(stdout) as TraceTasks;
  return { tasks, count: tasks.groups.find(({ kind }) => kind === 'http-server')?.count ?? 0 };
}

async function checkWhole({ result, stderr }: Run): Promise<void> {
  const [trace] = result.profiles;
  assert.deepEqual(
    [result.profiles.length, trace?.kind, trace?.complete, result.notes],
    [1, 'trace', true, []],
    stderr,
  );
  const { tasks, count } = await requestsIn(trace?.file ?? '');
  assert.deepEqual([count, tasks.pid, tasks.lost, tasks.damaged, tasks.notes], [requests, trace?.pid, 0, 0, []]);
}

for (const version of nodeVersions) {
  test(`Node ${version}: every request from the first is in it, with process.exit at once after the last`, async t => {
    const node = nodeBinary(version);
    if (node === undefined) return t.skip('not installed');
    const ran = await runCommand([node, script('served.cjs', server('process.exit(5);'))], ['--trace']);
    assert.equal(ran.code, 5, ran.stderr);
    await checkWhole(ran);
  });
}

test('SIGTERM and SIGINT: written before the process ends of them', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const ran = await runCommand(
      [process.execPath, script('waits.cjs', server(''))],
      ['--trace'],
      async (printed, pid) => {
        await until('the app', () => printed().includes('\n'));
        process.kill(pid, signal);
      },
    );
    assert.equal(ran.result.signal, signal, ran.stderr);
    await checkWhole(ran);
  }
});

test('SIGKILL: all but its last moment', async () => {
  const pause = 'setTimeout(() => process.kill(process.pid, "SIGKILL"), 500);';
  const { result, stderr } = await runCommand([process.execPath, script('killed.cjs', server(pause))], ['--trace']);
  const [trace] = result.profiles;
  assert.deepEqual([result.signal, trace?.complete], ['SIGKILL', false], stderr);
  assert.match(result.notes[0] ?? '', /the end of its trace is missing/);
  assert.equal((await requestsIn(trace?.file ?? '')).count, requests);
});

test('a process that ends at once, and one that the trace is not all of', async () => {
  const short = await runCommand(
    [process.execPath, '-e', 'require("node:fs").readFileSync("/proc/self/stat")'],
    ['--trace'],
  );
  assert.deepEqual([short.code, short.result.profiles[0]?.complete, short.result.notes], [0, true, []], short.stderr);
  const both = await runCommand(
    [process.execPath, script('both.cjs', server('process.exit(0);'))],
    ['--trace', '--cpu', '--heap'],
  );
  const kinds = both.result.profiles.map(({ kind, complete }) => `${kind} ${complete}`).sort();
  assert.deepEqual([both.code, ...kinds], [0, 'cpu true', 'heap true', 'trace true'], both.stderr);
  assert.deepEqual(readdirSync(both.out).length, 4, 'three files and the result');
  assert.ok(!readdirSync(folder).some(name => name.startsWith(`nops-${both.result.profiles[0]?.pid}-`)), join(folder));
});

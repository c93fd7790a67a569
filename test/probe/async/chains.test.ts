/** Oracle 1: the stacks of a dump are those that V8 itself has in `Error.stack`, frame by frame. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { readArguments } from '@nops/probe/beside/async/values';
import { makeFifo } from '../../support/fifo.js';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget } from '../../support/target.js';
import { dumpOf, framesById, oracle } from './dump.js';
import { shapes } from './targets.js';

const ways = ['none', 'loop', 'read', 'atomics', 'exec'] as const;

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined ? `Node ${version} could not be installed` : false;
  for (const block of ways) {
    test(`Node ${version}, main thread blocked by ${block}: chains as in Error.stack`, { skip }, async t => {
      await compare(t, node ?? '', block);
    });
  }
  test(`Node ${version}, in worker threads: chains as in Error.stack`, { skip }, async t => {
    await compareWorkers(t, node ?? '');
  });
}

async function compare(t: TestContext, node: string, block: string): Promise<void> {
  const env = { NOPS_BLOCK: block, NOPS_FIFO: makeFifo(t) };
  const target = await startTarget(t, shapes, { node, execArgv: [], env, type: 'cjs', noSocket: true });
  const expected = oracle(await target.said('ready'));
  const dump = await dumpOf(target.pid);
  assert.ok(expected.size > 300);
  assertSame(expected, framesById(dump, readScript(target.pid)));
}

/** The main thread and two workers, one of which is blocked: all that each told of itself, and nobody's stack reaches into another heap. */
async function compareWorkers(t: TestContext, node: string): Promise<void> {
  const env = { NOPS_WORKERS: '2' };
  const target = await startTarget(t, shapes, { node, execArgv: [], env, type: 'cjs', noSocket: true });
  const words = ['ready', 'worker1-ready', 'worker2-ready'];
  const told = await Promise.all(words.map(async word => oracle(await target.said(word))));
  for (const stacks of told) assert.ok(stacks.size > 300);
  const dump = await dumpOf(target.pid);
  assertSame(new Map(told.flatMap(stacks => [...stacks])), framesById(dump, readScript(target.pid)));

  const heaps = told.map(() => new Set<number>());
  for (const chain of dump.chains.chains) {
    const [innermost] = chain;
    const id = innermost && Number(readArguments(dump.objects, dump.shapes, innermost.waiter.suspended)[0]);
    const thread = told.findIndex(stacks => id !== undefined && stacks.has(id));
    for (const { waiter } of chain) heaps[thread]?.add(waiter.suspended.heap);
  }
  assert.deepEqual(
    heaps.map(({ size }) => size),
    [1, 1, 1],
  );
  assert.equal(new Set(heaps.flatMap(own => [...own])).size, 3, 'each thread has a heap of its own');
}

function assertSame(expected: ReadonlyMap<number, string[]>, found: ReadonlyMap<number, string[]>): void {
  const differing = [...expected].filter(([id, frames]) => frames.join('\n') !== found.get(id)?.join('\n'));
  const [first] = differing;
  assert.equal(
    differing.length,
    0,
    first && `${first[0]}: V8\n${first[1].join('\n')}\nnops\n${found.get(first[0])?.join('\n')}`,
  );
  assert.equal(found.size, expected.size);
}

function readScript(pid: number): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return words.find(word => word.endsWith('.cjs')) ?? '';
}

/** Oracle 1: the stacks of a dump are those that V8 itself has in `Error.stack`, frame by frame. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
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
}

async function compare(t: TestContext, node: string, block: string): Promise<void> {
  const env = { NOPS_BLOCK: block, NOPS_FIFO: makeFifo(t) };
  const target = await startTarget(t, shapes, { node, execArgv: [], env, type: 'cjs', noSocket: true });
  const expected = oracle(await target.said('ready'));
  const script = readScript(target.pid);
  const dump = await dumpOf(target.pid);
  const found = framesById(dump, script);
  assert.ok(expected.size > 300);
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

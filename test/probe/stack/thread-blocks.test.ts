/** Threads are found again without searching all memory for them anew: that took seconds in a process with much memory. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMappings } from '@nops/probe/beside/mappings';
import { listNumbers } from '@nops/probe/beside/procfs';
import { Memory } from '@nops/probe/beside/target-memory';
import { findThreadBlocks } from '@nops/probe/beside/v8/thread-blocks';
import { startNode } from '../beside/processes.js';

class CountedMemory extends Memory {
  bytes = 0;

  override readInto(bytes: Uint8Array, address: number, size: number): number {
    this.bytes += size;
    return super.readInto(bytes, address, size);
  }
}

test('threads that were found are found again with a read of each', async t => {
  const { pid } = await startNode(
    t,
    `const { Worker } = require('node:worker_threads');
     for (let i = 0; i < 3; i++) new Worker('setInterval(() => {}, 1000)', { eval: true });
     stay(); setTimeout(ready, 500);`,
  );
  const memory = new CountedMemory(pid);
  t.after(() => memory.close());
  const find = () => findThreadBlocks(memory, readMappings(pid), listNumbers(pid, 'task'), pid);
  const first = find();
  const tids = listNumbers(pid, 'task').sort();
  assert.deepEqual([...first.keys()].sort(), tids);
  memory.bytes = 0;
  const second = find();
  assert.deepEqual([...second].sort(), [...first].sort());
  assert.ok(memory.bytes < tids.length * 4 * 4096, `${memory.bytes} bytes of memory were read`);
});

/** A server under full load: every dump has each function that is stuck, none twice, and the server does not notice. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { AsyncDump } from '@nops/probe/beside/async/dump';
import type { Result } from 'autocannon';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget } from '../../support/target.js';
import { dumpOf } from './dump.js';

const dumps = 5;
const stuckEach = 100;
/** Longer than any that pass sleep; and those that sleep longest do so for longer than a look takes, so that it sees what they await. */
const betweenMs = 600;
/** These are at the same place whenever one looks, and each time they await something else. */
const passingBy = 50;

const code = `
const http = require('node:http');
const { setImmediate: turn, setTimeout: sleep } = require('node:timers/promises');
const kept = [];
async function innermost(i) { await new Promise(resolve => kept.push(resolve)); return i; }
async function middle(i) { return (await Promise.all([innermost(i), sleep(600000)]))[0]; }
async function stuckAll(i) { try { return await middle(i); } finally { } }
async function* pages(i) { await innermost(i); yield 1; }
async function stuckIterate(i) { for await (const page of pages(i)) if (page > 1) break; }
for (let i = 0; i < ${stuckEach}; i++) { stuckAll(i); stuckIterate(i); }
async function passing(ms) { for (;;) await sleep(ms); }
for (let i = 0; i < ${passingBy}; i++) passing(i % 2 === 0 ? 10 : 300 + 4 * i);
async function load() { await turn(); return { text: 'x'.repeat(1000), list: new Array(200).fill(1) }; }
async function busy(request) { const [a] = await Promise.all([load(), sleep(1)]); const b = await load(); return JSON.stringify([a, b]).length; }
const server = http.createServer(async (request, response) => { response.end(String(await busy(request))); });
server.listen(0, '127.0.0.1', () => console.log('ready ' + server.address().port));
`;

const generator = `
const autocannon = require(${JSON.stringify(createRequire(import.meta.url).resolve('autocannon'))});
const done = (error, result) => console.log(JSON.stringify(result));
const load = autocannon({ url: process.argv[1], connections: 100, duration: 100 }, done);
process.once('SIGTERM', () => load.stop());
`;

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined ? `Node ${version} could not be installed` : false;
  test(`Node ${version}: ${dumps} dumps under load find all that is stuck`, { skip }, async t => {
    const target = await startTarget(t, code, { node: node ?? '', execArgv: [], type: 'cjs', noSocket: true });
    const url = `http://127.0.0.1:${await target.said('ready')}`;
    const load = startLoad(t, url);
    await new Promise(resolve => setTimeout(resolve, 1500));
    let inTransit = 0;
    for (let round = 0; round < dumps; round++) {
      const dump = await dumpOf(target.pid, betweenMs);
      const pointers = new Set(dump.graph.waiters.map(({ suspended }) => suspended.pointer));
      assert.equal(pointers.size, dump.graph.waiters.length, 'a function is there twice');
      const counts = new Map<string, number>();
      for (const chain of dump.chains.chains) {
        const key = chain.map(({ waiter, link }) => `${dump.places.of(waiter.suspended).function} ${link}`).join(' < ');
        const isStuck = chain.every(({ waiter }) => dump.stuck.has(waiter));
        if (isStuck) counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      assert.equal(
        counts.get('innermost await < middle all < stuckAll await'),
        stuckEach,
        `dump ${round}: ${JSON.stringify([...counts])}`,
      );
      assert.equal(
        counts.get('innermost await < pages await < stuckIterate iterate'),
        stuckEach,
        `dump ${round}: ${JSON.stringify([...counts])}`,
      );
      inTransit += countInTransit(dump);
    }
    // Else `stuck` could be what everything is.
    assert.ok(inTransit > 0, 'nothing was in transit in any of the dumps');
    const { errors, timeouts, non2xx, requests } = await load.stop();
    const { stderr } = target.output();
    assert.deepEqual({ errors, timeouts, non2xx, stderr }, { errors: 0, timeouts: 0, non2xx: 0, stderr: '' });
    assert.ok(requests.total > 1000, String(requests.total));
  });
}

/** In a process of its own: nothing would ask the server while this one reads. */
function startLoad(t: TestContext, url: string): { stop: () => Promise<Result> } {
  const child = spawn(process.execPath, ['-e', generator, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said, closed] = [text(child.stdout), once(child, 'close')];
  t.after(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  return {
    stop: async () => {
      child.kill('SIGTERM');
      return JSON.parse(await said) as Result;
    },
  };
}

/** Functions that wait again and again at one and the same place, and await something else there than a moment before. */
function countInTransit({ places, stuck, graph }: AsyncDump): number {
  const passing = graph.waiters.filter(({ suspended }) => places.of(suspended).function === 'passing');
  return passing.filter(waiter => !stuck.has(waiter) && !waiter.isRunnable && !waiter.isLost).length;
}

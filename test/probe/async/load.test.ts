/** A server under full load: every dump has each function that is stuck, none twice, and the server does not notice. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AsyncDump } from '@nops/probe/beside/async/dump';
import type { Waiter } from '@nops/probe/beside/async/graph';
import autocannon, { type Result } from 'autocannon';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget } from '../../support/target.js';
import { dumpOf } from './dump.js';

const dumps = 5;
const stuckEach = 100;

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
async function load() { await turn(); return { text: 'x'.repeat(1000), list: new Array(200).fill(1) }; }
async function busy(request) { const [a] = await Promise.all([load(), sleep(1)]); const b = await load(); return JSON.stringify([a, b]).length; }
const server = http.createServer(async (request, response) => { response.end(String(await busy(request))); });
server.listen(0, '127.0.0.1', () => console.log('ready ' + server.address().port));
`;

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined ? `Node ${version} could not be installed` : false;
  test(`Node ${version}: ${dumps} dumps under load find all that is stuck`, { skip }, async t => {
    const target = await startTarget(t, code, { node: node ?? '', execArgv: [], type: 'cjs', noSocket: true });
    const url = `http://127.0.0.1:${await target.said('ready')}`;
    let finish: (result: Result) => void = () => {};
    const finished = new Promise<Result>(resolve => {
      finish = resolve;
    });
    const load = autocannon({ url, connections: 100, duration: 60 }, (_error, result) => finish(result));
    t.after(() => load.stop());
    await new Promise(resolve => setTimeout(resolve, 1500));
    let inTransit = 0;
    for (let round = 0; round < dumps; round++) {
      const dump = await dumpOf(target.pid, 200);
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
      inTransit += dump.graph.waiters.filter(waiter => isInTransit(dump, waiter)).length;
    }
    // Else `stuck` could be what everything is.
    assert.ok(inTransit > 0, 'no request was on its way in any of the dumps');
    load.stop();
    const { errors, timeouts, non2xx, requests } = await finished;
    const { stderr } = target.output();
    assert.deepEqual({ errors, timeouts, non2xx, stderr }, { errors: 0, timeouts: 0, non2xx: 0, stderr: '' });
    assert.ok(requests.total > 1000, String(requests.total));
  });
}

/** A function that serves a request, and had not been there, or elsewhere, a moment before. */
function isInTransit({ places, stuck }: AsyncDump, waiter: Waiter): boolean {
  const serves = ['busy', 'load'].includes(places.of(waiter.suspended).function);
  return serves && !stuck.has(waiter) && !waiter.isRunnable && !waiter.isLost;
}

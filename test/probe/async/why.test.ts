/** What the innermost functions wait on, by what holds them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellGroups } from '@nops/probe/beside/async/result';
import { makeFifo } from '../../support/fifo.js';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget } from '../../support/target.js';
import { dumpOf } from './dump.js';

const code = `
const http = require('node:http');
const net = require('node:net');
const fsp = require('node:fs/promises');
const { setTimeout: sleep } = require('node:timers/promises');
class Mutex { queue = []; acquire() { return new Promise(resolve => this.queue.push(resolve)); } }
const mutex = new Mutex();
process.mutex = mutex;
async function forTimer() { await sleep(600000); }
async function forPlainTimer() { await new Promise(resolve => setTimeout(() => resolve(1), 500000)); }
async function forMutex() { await mutex.acquire(); }
async function forFile() { await fsp.readFile(process.env.NOPS_FIFO); }
async function forResponse(port) {
  await new Promise((resolve, reject) => http.get({ host: '127.0.0.1', port, path: '/slow?card=4711' }, resolve).on('error', reject));
}
async function forSocket(port) {
  await new Promise(resolve => { const socket = net.connect(port, '127.0.0.1'); socket.on('data', resolve); socket.remoteAddress; });
}
async function* values() { yield 1; yield 2; }
const iterator = values();
async function first() { await second(); }
async function second() { await first.awaited; }
first.awaited = new Promise(resolve => { first.start = resolve; });
async function forOther() { const settle = {}; const done = new Promise(resolve => { settle.resolve = resolve; }); settler(settle); await done; }
async function settler(settle) { await sleep(400000); settle.resolve(); }
const silent = net.createServer(() => {}).listen(0, '127.0.0.1', async () => {
  const { port } = silent.address();
  forTimer(); forPlainTimer(); forMutex(); forFile(); forOther();
  forResponse(port).catch(console.error); forSocket(port);
  iterator.next().then(() => {});
  const circle = first(); first.start(circle);
  setTimeout(() => console.log('ready ' + port), 500);
});
`;

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined ? `Node ${version} could not be installed` : false;
  test(`Node ${version}: timers, files, requests, locks, other functions, consumers`, { skip }, async t => {
    const env = { NOPS_FIFO: makeFifo(t) };
    const target = await startTarget(t, code, { node: node ?? '', execArgv: [], env, type: 'cjs', noSocket: true });
    const port = await target.said('ready');
    const told = async (values: boolean) => {
      const dump = await dumpOf(target.pid);
      const signal = new AbortController().signal;
      const { groups } = tellGroups(dump, { why: 1, values, all: true, dead: new Set(), signal });
      return new Map(
        groups.flatMap(({ frames, waitsOn }) =>
          frames.map(
            frame => [frame.function, waitsOn.map(({ type, detail }) => `${type} ${detail}`).join('; ')] as const,
          ),
        ),
      );
    };
    const causes = await told(false);
    assert.equal(causes.get('forTimer'), 'timer Timeout 600000 ms');
    assert.equal(causes.get('forPlainTimer'), 'timer Timeout 500000 ms');
    assert.equal(causes.get('forMutex'), 'object Mutex.queue');
    assert.match(causes.get('forFile') ?? '', /^fs /);
    assert.equal(causes.get('forResponse'), `request GET http://127.0.0.1:${port}/slow?…`);
    assert.match(causes.get('forSocket') ?? '', /^socket Socket/);
    assert.match(causes.get('forOther') ?? '', /^function settler .*:\d+:\d+$/);
    assert.match(causes.get('values') ?? '', /^consumer /);
    assert.match(causes.get('first') ?? '', /circle/);
    assert.equal((await told(true)).get('forResponse'), `request GET http://127.0.0.1:${port}/slow?card=4711`);
  });
}

test('what awaits a function that runs, and never ends, waits on that function', async t => {
  const spinning = `
async function spin() { await null; require('node:fs').writeSync(1, 'spins\\n'); for (;;); }
async function caller() { await spin(); }
caller();`;
  const target = await startTarget(t, spinning, { execArgv: [], type: 'cjs', noSocket: true });
  await target.said('spins');
  const dump = await dumpOf(target.pid);
  const signal = new AbortController().signal;
  const { groups } = tellGroups(dump, { why: 1, values: false, all: false, dead: new Set(), signal });
  assert.deepEqual(
    groups.map(({ count, frames, waitsOn }) => [count, frames.map(frame => frame.function), waitsOn[0]?.type]),
    [[1, ['caller'], 'function']],
  );
  assert.match(groups[0]?.waitsOn[0]?.detail ?? '', /^spin .*app\.cjs:2:\d+, which is running$/);
});

/** What nothing can wake any more is told from what something still holds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findDeadWaiters } from '@nops/probe/beside/async/live';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget } from '../../support/target.js';
import { dumpOf } from './dump.js';

const each = 30;

/**
 * `live…` are held by a timer, a property of one, a global, a module's variable, a closure of a listener; nothing holds what `dead…`
 * await: it is awaited alone, beside others, or held by an object that nobody holds. `unsure…` are as dead, but what is left of them in
 * memory does not always prove it: they may be told, and each must be told once or be left out.
 */
const code = `
const { EventEmitter, once } = require('node:events');
const emitter = new EventEmitter();
emitter.setMaxListeners(0);
process.emitter = emitter;
class Mutex { queue = []; acquire() { return new Promise(resolve => this.queue.push(resolve)); } }
const mutex = new Mutex();
async function liveGlobal(i) { await new Promise(resolve => (globalThis.kept ??= []).push(resolve)); }
async function liveTimer(i) { await new Promise(resolve => setTimeout(resolve, 600000)); }
async function liveOnTimer(i) { const timer = setTimeout(() => {}, 600000); await new Promise(resolve => { timer.resolve = resolve; }); }
async function liveMutex(i) { await mutex.acquire(); }
async function liveListener(i) { await once(emitter, 'never'); }
async function liveOver(i) { await Promise.all([deadAlone(i), liveTimer(i)]); }
async function liveRace(i) { await Promise.race([deadAlone(i), liveTimer(i)]); }
async function deadAlone(i) { await new Promise(() => {}); }
async function deadOver(i) { await deadAlone(i); }
async function deadRace(i) { await Promise.race([new Promise(() => {}), deadAlone(i)]); }
async function deadAll(i) { await Promise.all([new Promise(() => {}), deadAlone(i)]); }
async function deadObject(i) { const own = {}; await new Promise(resolve => { own.resolve = resolve; }); }
async function deadMutex(i) { await new Mutex().acquire(); }
async function deadListener(i) { const own = new EventEmitter(); await new Promise(resolve => own.on('never', resolve)); }
async function deadTimer(i) { await new Promise(resolve => { clearTimeout(setTimeout(resolve, 600000)); }); }
async function unsureOnce(i) { const own = new EventEmitter(); await Promise.race([once(own, 'never'), deadAlone(i)]); }
async function unsureAged(i) { await new Promise(resolve => globalThis.aged.push(resolve)); }
globalThis.acquire = () => mutex.acquire();
globalThis.aged = [];
for (let i = 0; i < ${each}; i++) unsureAged(i);
for (let i = 0; i < 3; i++) gc();
globalThis.aged = undefined;
for (let i = 0; i < ${each}; i++) {
  liveGlobal(i); liveTimer(i); liveOnTimer(i); liveMutex(i); liveListener(i); liveOver(i); liveRace(i);
  deadOver(i); deadRace(i); deadAll(i); deadObject(i); deadMutex(i); deadListener(i); deadTimer(i); unsureOnce(i);
}
setInterval(() => {}, 1000);
setTimeout(() => require('node:fs').writeSync(1, 'ready\\n'), 300);
`;

/** The young generation never fills up, so that all that is dead is still there. */
const execArgv = ['--expose-gc', '--min-semi-space-size=16'];

const live = {
  liveGlobal: each,
  liveTimer: 3 * each,
  liveOnTimer: each,
  liveMutex: each,
  liveListener: each,
  liveOver: each,
  liveRace: each,
};
const dead = {
  deadAlone: 6 * each,
  deadOver: each,
  deadRace: each,
  deadAll: each,
  deadObject: each,
  deadMutex: each,
  deadListener: each,
  deadTimer: each,
};
const unsure = { unsureOnce: each, unsureAged: each };

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined ? `Node ${version} could not be installed` : false;
  test(`Node ${version}: only what nothing can wake is dead`, { skip }, async t => {
    const target = await startTarget(t, code, { node: node ?? '', execArgv, type: 'cjs', noSocket: true });
    await target.said('ready');
    const dump = await dumpOf(target.pid);
    const found = findDeadWaiters(dump, new AbortController().signal);
    assert.deepEqual(found.limits, []);
    const told: Record<'live' | 'dead' | 'unsure', Record<string, number>> = { live: {}, dead: {}, unsure: {} };
    for (const waiter of dump.graph.waiters) {
      const { function: name, url } = dump.places.of(waiter.suspended);
      if (url.startsWith('node:')) continue;
      const counts = told[name in unsure ? 'unsure' : found.dead.has(waiter) ? 'dead' : 'live'];
      counts[name] = (counts[name] ?? 0) + 1;
    }
    assert.deepEqual(told, { live, dead, unsure });
  });
}

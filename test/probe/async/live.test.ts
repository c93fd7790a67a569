/** What nothing can wake any more is told from what something still holds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findDeadWaiters } from '@nops/probe/beside/async/live';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget } from '../../support/target.js';
import { dumpOf } from './dump.js';

/** `live…` are held by a timer, a global, a module's variable, a closure of a listener; nothing holds what `dead…` await. */
const code = `
const { EventEmitter, once } = require('node:events');
const emitter = new EventEmitter();
emitter.setMaxListeners(0);
process.emitter = emitter;
class Mutex { queue = []; acquire() { return new Promise(resolve => this.queue.push(resolve)); } }
const mutex = new Mutex();
async function liveGlobal(i) { await new Promise(resolve => (globalThis.kept ??= []).push(resolve)); }
async function liveTimer(i) { await new Promise(resolve => setTimeout(resolve, 600000)); }
async function liveMutex(i) { await mutex.acquire(); }
async function liveListener(i) { await once(emitter, 'never'); }
async function liveOver(i) { await Promise.all([deadAlone(i), liveTimer(i)]); }
async function deadAlone(i) { await new Promise(() => {}); }
async function deadOver(i) { await deadAlone(i); }
async function deadRace(i) { const own = new EventEmitter(); await Promise.race([once(own, 'never'), deadAlone(i)]); }
globalThis.acquire = () => mutex.acquire();
for (let i = 0; i < 30; i++) { liveGlobal(i); liveTimer(i); liveMutex(i); liveListener(i); liveOver(i); deadOver(i); deadRace(i); }
setInterval(() => {}, 1000);
setTimeout(() => console.log('ready'), 300);
`;

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined ? `Node ${version} could not be installed` : false;
  test(`Node ${version}: only what nothing can wake is dead`, { skip }, async t => {
    const target = await startTarget(t, code, { node: node ?? '', execArgv: [], type: 'cjs', noSocket: true });
    await target.said('ready');
    const dump = await dumpOf(target.pid);
    const { dead } = findDeadWaiters(dump, new AbortController().signal);
    const counts: Record<string, { live: number; dead: number }> = {};
    for (const waiter of dump.graph.waiters) {
      const { function: name, url } = dump.places.of(waiter.suspended);
      if (url.startsWith('node:')) continue;
      counts[name] ??= { live: 0, dead: 0 };
      counts[name][dead.has(waiter) ? 'dead' : 'live']++;
    }
    for (const [name, { live, dead: gone }] of Object.entries(counts)) {
      // Never the other way round: of what lives nothing may be left out.
      if (name.startsWith('live')) assert.equal(gone, 0, `${name}: ${gone} are taken for dead`);
      if (name === 'deadOver') assert.equal(live, 0, `${name}: ${live} are taken for alive`);
    }
    assert.deepEqual(counts['liveTimer'], { live: 60, dead: 0 });
    assert.deepEqual(counts['liveMutex'], { live: 30, dead: 0 });
  });
}

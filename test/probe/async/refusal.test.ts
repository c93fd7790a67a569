/** A heap that is not laid out as it is known to be is refused, with the check that failed: never a guess. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes, NopsError } from '@nops/core/protocol/errors';
import { dumpAsync } from '@nops/probe/beside/async/dump';
import { Places } from '@nops/probe/beside/async/places';
import { calibrateReactions } from '@nops/probe/beside/async/reactions';
import type { Layout } from '@nops/probe/beside/v8/layout';
import { openV8 } from '@nops/probe/beside/v8/process';
import { startTarget } from '../../support/target.js';
import { dumpOf } from './dump.js';

const code = `
async function inner(i) { await new Promise(resolve => (globalThis.kept ??= []).push(resolve)); }
async function outer(i) { await Promise.all([inner(i)]); }
for (let i = 0; i < 100; i++) outer(i);
setInterval(() => {}, 1000);
setTimeout(() => console.log('ready'), 100);
`;

function refuses(check: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof NopsError, String(error));
    assert.equal(exitCodes[error.code], 6);
    assert.match(error.message, check);
    assert.ok(error.next, 'what would work instead');
    return true;
  };
}

test('each check of the layout refuses when it does not hold', async t => {
  const target = await startTarget(t, code, { execArgv: [], type: 'cjs', noSocket: true });
  await target.said('ready');
  const { memory, heap } = openV8(target.pid);
  const options = { betweenMs: 0, signal: new AbortController().signal };
  const dumpWith = (changes: Partial<Layout>) => dumpAsync(memory, { ...heap.layout, ...changes }, options);

  await assert.rejects(dumpWith({ version: [15, 1, 2, 3] }), refuses(/promises in V8 15\.1/));
  await assert.rejects(
    dumpWith({ map: { ...heap.layout.map, instanceType: 14 } }),
    refuses(/instance type is 14 bytes into it/),
  );
  const withType = (name: string, value: number) => {
    const { constants } = heap.layout;
    return {
      constants: Object.create(constants, {
        type: { value: (asked: string) => (asked === name ? value : constants.type(asked)) },
        need: { value: constants.need.bind(constants) },
        find: { value: constants.find.bind(constants) },
      }) as Layout['constants'],
    };
  };
  await assert.rejects(dumpWith(withType('JSAsyncFunctionObject', 60_001)), refuses(/no map of async functions/));
  await assert.rejects(dumpWith(withType('JSPromise', 60_002)), refuses(/no map of promises/));

  const dump = await dumpOf(target.pid, 0);
  const { objects, shapes, graph } = dump;
  // Reactions that hold something else than is known: here, what is called a promise is none.
  const pointers = Float64Array.from(graph.waiters.flatMap(waiter => waiter.awaited));
  const reactions = pointers.map(pointer => objects.field(pointer, 24));
  const promises = { pointers, reactions, count: pointers.length };
  assert.ok(calibrateReactions(objects, promises));
  objects.layout.promise = 60_003;
  objects.layout.capability = 60_004;
  objects.heap.layout.function.firstType = 60_005;
  assert.throws(() => calibrateReactions(objects, promises), refuses(/promise reactions are not where/));

  // Positions that are not those of a suspension.
  const places = new Places(objects, shapes);
  graph.waiters.slice(0, 2).forEach(({ suspended }, index) => {
    places.of({ ...suspended, position: suspended.position - 7 - 5 * index });
  });
  assert.throws(() => places.check(), refuses(/suspended at different bytecodes/));
});

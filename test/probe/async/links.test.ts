/** How a function waits for another one: each way of the language has its word. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AsyncLink } from '@nops/core/protocol/async-results';
import { readAsync } from '@nops/probe/beside/async/read-async';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget } from '../../support/target.js';

/** The way that `outer` waits, in one line each; `leaf` waits for good. */
const ways: readonly { name: string; body: string; link: AsyncLink }[] = [
  { name: 'plain', body: 'await leaf(i);', link: 'await' },
  { name: 'resolved', body: 'await Promise.resolve(leaf(i));', link: 'await' },
  { name: 'viaThen', body: 'await leaf(i).then(x => x);', link: 'then' },
  { name: 'viaCatch', body: 'await leaf(i).catch(() => {});', link: 'then' },
  { name: 'viaFinally', body: 'await leaf(i).finally(() => {});', link: 'then' },
  { name: 'viaRace', body: 'await Promise.race([leaf(i), never()]);', link: 'race' },
  { name: 'viaRaceOfThen', body: 'await Promise.race([leaf(i), never().then(() => {})]);', link: 'race' },
  { name: 'viaAny', body: 'await Promise.any([leaf(i)]);', link: 'any' },
  { name: 'viaSettled', body: 'await Promise.allSettled([leaf(i)]);', link: 'allSettled' },
  { name: 'viaAll', body: 'await Promise.all([leaf(i), 1]);', link: 'all' },
  { name: 'viaAllOfThen', body: 'await Promise.all([leaf(i).then(x => x)]);', link: 'all' },
  { name: 'viaThenOfAll', body: 'await Promise.all([leaf(i)]).then(x => x);', link: 'all' },
];

const each = 3;

const code = `
const kept = [];
const never = () => new Promise(resolve => kept.push(resolve));
async function leaf(i) { await never(); }
async function* values(i) { await leaf(i); yield 1; }
async function viaFor(i) { for await (const value of values(i)); }
async function ended(i) { return leaf(i); }
async function viaNext(i) { await values(i).next(); }
${ways.map(({ name, body }) => `async function ${name}(i) { ${body} }`).join('\n')}
for (let i = 0; i < ${each}; i++) for (const way of [viaFor, viaNext, ended, ${ways.map(({ name }) => name).join(', ')}]) way(i);
setInterval(() => {}, 1000);
setTimeout(() => console.log('ready'), 100);
`;

/**
 * Who asks an async generator for its next value iterates, with or without a loop; who returns a promise without awaiting it has ended,
 * and is in no stack, as it is in none of V8's.
 */
const expected = [
  `${each} leaf await`,
  ...ways.map(({ name, link }) => `${each} leaf await < ${name} ${link}`),
  ...['viaFor', 'viaNext'].map(name => `${each} leaf await < values await < ${name} iterate`),
].sort();

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  const skip = node === undefined ? `Node ${version} could not be installed` : false;
  test(`Node ${version}: await, then, race, any, allSettled, all, iterate`, { skip }, async t => {
    const target = await startTarget(t, code, { node: node ?? '', execArgv: [], type: 'cjs', noSocket: true });
    await target.said('ready');
    const { signal } = new AbortController();
    const options = { betweenMs: 200, why: 0, live: false, values: false, all: false, signal };
    const { groups } = await readAsync(target.pid, options);
    const told = groups.map(
      ({ count, frames }) => `${count} ${frames.map(frame => `${frame.function} ${frame.link}`).join(' < ')}`,
    );
    assert.deepEqual(told.sort(), expected);
  });
}

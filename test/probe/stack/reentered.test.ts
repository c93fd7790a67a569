/** JavaScript that C++ called from within JavaScript, while it runs: microtasks, vm, callbacks of the system's calls. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { Stacks } from '@nops/probe/beside/stack/stacks';
import { nodeBinary, nodeVersions } from '../../support/nodes.js';
import { startTarget, until } from '../../support/target.js';

/** What calls `spin`, which runs for good without calling anything; and functions that must be told, innermost first. */
const cases: [how: string, code: string, told: string[]][] = [
  ['a timer, from C++ once', 'setTimeout(function timer() { spin(); }, 50);', ['spin', 'timer']],
  [
    'an async function, in a microtask after a tick',
    'setTimeout(async function waits() { process.nextTick(() => {}); await null; spin(); }, 50);',
    ['spin', 'waits', 'processTicksAndRejections'],
  ],
  [
    'vm, within a timer',
    `setTimeout(function timer() { globalThis.spin = spin; require('node:vm').runInThisContext('(function inside() { spin(); })()'); }, 50);`,
    ['spin', 'inside', 'timer'],
  ],
  [
    'vm, within vm, within a microtask',
    `globalThis.vm = require('node:vm'); globalThis.spin = spin;
     setTimeout(async function waits() { await null; vm.runInThisContext('(function outside() { vm.runInThisContext("(function inside() { spin(); })()"); })()'); }, 50);`,
    ['spin', 'inside', 'outside', 'waits'],
  ],
  [
    'vm that has returned, before',
    `setTimeout(function timer() { require('node:vm').runInThisContext('(function inside() {})()'); spin(); }, 50);`,
    ['spin', 'timer'],
  ],
];

for (const version of nodeVersions) {
  const node = nodeBinary(version) ?? '';
  for (const [how, code, told] of cases) {
    test(`Node ${version}: ${how}`, { skip: node === '' ? `Node ${version} is not installed` : false }, async t => {
      const spin = 'function spin() { let sum = 1; while (sum > 0) for (let i = 0; i < 1e6; i++) sum += i % 7; }';
      const target = await startTarget(t, `${spin}\n${code}\nconsole.log('ready');`, {
        execArgv: [],
        noSocket: true,
        node,
        type: 'cjs',
      });
      await target.said('ready');
      const stacks = new Stacks(target.pid);
      t.after(() => stacks.close());
      // The first looks may meet it before it spins, or in code that is not mapped yet.
      const names = await until(
        () => {
          stacks.refresh();
          const { accuracy, frames } = stacks.look(target.pid);
          const seen = frames.map(frame => frame.function).filter(name => told.includes(name));
          return accuracy === 'callers' && seen[0] === told[0] ? seen : undefined;
        },
        () => 'it to spin',
      );
      assert.deepEqual(names, told);
    });
  }
}

/** Whom a CPU profile blames for a loop, on every Node and under default flags: the function that loops. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { isVerdict } from '@nops/core/profile/sampling/loop-blame';
import { topEntries } from '@nops/core/profile/top';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { agentRegister, startTarget, type TargetOptions } from '../support/target.js';

interface Loop {
  code: string;
  /** The function that loops, and the line on which it begins. */
  looping: string;
  line: number;
  type?: 'mjs' | 'cjs';
}

const forEver = 'for (;;) x = (x * 31 + 7) | 0;';
const loops: Record<string, Loop> = {
  'a function called once': {
    code: `function handler() { const before = 1;
  return work() + before; }
function work() { let x = 0;
  ${forEver} }
setTimeout(handler, 200);`,
    looping: 'work',
    line: 3,
  },
  'a loop that calls': {
    code: `const seen = new Map([[1, 2], [3, 4]]);
function step(key) { return seen.get(key) ?? 0; }
function spin() {
  for (let i = 0, sum = 0; ; i++) { sum += step(i & 3); if (sum < 0) break; } }
setTimeout(function tick() {
  spin(); }, 200);`,
    looping: 'spin',
    line: 3,
  },
  'the top level of a module, after an await': {
    code: `await new Promise(resolve => setTimeout(resolve, 200));
let x = 0;
${forEver}`,
    looping: '(anonymous)',
    line: 1,
  },
  'the top level of a CommonJS module': {
    code: `let x = 0; const wait = Date.now() + 300; while (Date.now() < wait);
${forEver}`,
    looping: '(anonymous)',
    line: 1,
    type: 'cjs',
  },
};

/** By then it has been compiled in all tiers: V8 does so within 0.1 s. */
const settledMs = 1000;

async function profileOf(t: Parameters<typeof startTarget>[0], code: string, options: TargetOptions, seconds = 1) {
  const target = await startTarget(t, code, options);
  await sleep(settledMs);
  const answer = await target.ask(`/debug/pprof/profile?seconds=${seconds}`);
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  const profile = decodeProfile(gunzipSync(answer.body));
  return { ...topEntries(profile, { limit: 500 }), verdicts: profile.comments.filter(isVerdict), profile };
}

// Most of it is waiting.
describe('whom a CPU profile blames', { concurrency: 3 }, () => {
  for (const version of nodeVersions) {
    const node = nodeBinary(version);
    const skip = node === undefined ? 'not installed' : false;
    const at = (options: TargetOptions, flags: string[] = []): TargetOptions => ({
      ...options,
      ...(node === undefined ? {} : { node }),
      execArgv: [...flags, '--import', agentRegister],
    });

    for (const [what, { code, looping, line, type }] of Object.entries(loops)) {
      test(`Node ${version}: the looping function is blamed: ${what}`, { skip }, async t => {
        const { entries, total, verdicts, profile } = await profileOf(t, code, at(type === undefined ? {} : { type }));
        const app = entries.find(entry => /app\.[mc]js$/.test(entry.file));
        assert.equal(app?.function, looping, JSON.stringify(entries.slice(0, 3)));
        const id = profile.functionNames.findIndex(
          (name, i) => name === looping && profile.functionFiles[i] === app.file,
        );
        assert.equal(profile.functionStartLines[id], line);
        // What it calls and V8 inlined may be told apart, and so may its garbage.
        assert.ok(app.cum > 0.6 * total, JSON.stringify(entries.slice(0, 3)));
        assert.match(verdicts.join('\n'), /^corrected: /);
      });
    }

    test(`Node ${version}: the looping function is blamed: one that works for 20 ms each 100 ms`, { skip }, async t => {
      const code = `function work() { const end = Date.now() + 20;
  while (Date.now() < end); }
setInterval(work, 100);`;
      const { entries, total, verdicts } = await profileOf(t, code, at({}), 3);
      const work = entries.find(entry => entry.function === 'work');
      assert.ok((work?.cum ?? 0) > 0.6 * total, JSON.stringify([entries.slice(0, 3), verdicts]));
    });

    test(`Node ${version}: a loop that a native function has called is told of: the text of node:vm`, {
      skip,
    }, async t => {
      const code = `import vm from 'node:vm';
setTimeout(function run() { vm.runInThisContext('for (let sum = 0; ; sum += Math.sqrt(sum)) if (sum < 0) break;', 'text.js'); }, 200);`;
      const { verdicts, entries } = await profileOf(t, code, at({}));
      // Where V8 knew the loop there is nothing to tell.
      if (entries[0]?.file !== 'text.js') assert.match(verdicts.join('\n'), /^unsure: .* may be .*text\.js/m);
    });

    test(`Node ${version}: without on-stack replacement V8 is right, and nothing is changed`, { skip }, async t => {
      const { code } = loops['a function called once'] ?? { code: '' };
      const { entries, verdicts } = await profileOf(t, code, at({}, ['--no-use-osr']));
      assert.equal(entries[0]?.function, 'work');
      assert.deepEqual(verdicts, []);
    });

    test(`Node ${version}: of a loop in code that is not optimized V8 misses a part, and that is told`, {
      skip,
    }, async t => {
      // Small integers only: code that is not optimized allocates the others, and the collector would have a share.
      const code = `function work() { let x = 0;
  for (;;) x = (x * 31 + 7) & 0xffff; }
setTimeout(function tick() {
  work(); }, 200);`;
      const flags = ['--no-opt', '--no-sparkplug', '--no-maglev'];
      const { entries, verdicts, total } = await profileOf(t, code, at({}, flags));
      const flatOf = (name: string) => entries.find(entry => entry.function === name)?.flat ?? 0;
      const [work, tick] = [flatOf('work'), flatOf('tick')];
      assert.ok(work > 0 && work + tick > 0.8 * total, JSON.stringify(entries.slice(0, 3)));
      // 40 % of all below tick: garbage, and what V8 calls, is in that too.
      if (tick > 0.45 * (work + tick))
        assert.match(verdicts.join('\n'), /^unsure: \d+ .* for tick itself may be work \(app\.mjs:1\): /);
      if (tick < 0.35 * (work + tick)) assert.deepEqual(verdicts, []);
    });

    test(`Node ${version}: the profile of a server under load is left as it is`, { skip }, async t => {
      const { verdicts, total } = await profileOf(t, server, at({}));
      assert.ok(total > 0);
      // It may be told that something can't be known, in a profile of a second; nothing may be moved.
      assert.deepEqual(
        verdicts.filter(verdict => verdict.startsWith('corrected')),
        [],
      );
    });
  }
});

/** Asks itself all the time; every answer parses, sorts, hashes and sums a little. */
const server = `import { createHash } from 'node:crypto';
import { createServer, get, Agent } from 'node:http';
const agent = new Agent({ keepAlive: true });
function digest(rows) { const hash = createHash('sha1'); for (const row of rows) hash.update(row.name); return hash.digest('hex'); }
function sum(count) { let x = 0; for (let i = 0; i < count; i++) x = (x * 31 + i) | 0; return x; }
function answer(request, response) {
  const rows = JSON.parse(JSON.stringify(Array.from({ length: 300 }, (_, i) => ({ name: 'n' + (i * 7919) % 300, i }))));
  rows.sort((a, b) => a.name.localeCompare(b.name));
  response.end(digest(rows) + sum(2_000));
}
const web = createServer(answer).listen(0, '127.0.0.1', () => { for (let i = 0; i < 4; i++) ask(); });
async function ask() {
  for (;;) await new Promise(resolve => get({ port: web.address().port, agent }, r => r.resume().on('end', resolve)));
}`;

test('a loop in a worker thread has its time itself', async t => {
  const code = `import { Worker } from 'node:worker_threads';
new Worker('function spin() { for (let i = 0, sum = 0; ; i++) { sum += i & 3; if (sum < 0) break; } } setTimeout(spin, 100);', { eval: true, name: 'counter' });
setInterval(() => {}, 1000);`;
  const { entries, total, verdicts } = await profileOf(t, code, {});
  assert.doesNotMatch(verdicts.join('\n'), /counter/);
  const spin = entries.find(entry => entry.function === 'spin');
  assert.ok((spin?.flat ?? 0) > 0.8 * total, JSON.stringify(entries.slice(0, 3)));
});

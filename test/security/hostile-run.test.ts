/** A program under `nops run` that leaves other things in place of its profiles. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand, script } from '../cli/run-command.js';

/** Damaged profiles: the wrong types, numbers that are too large, nodes in a cycle. Each is written as the file of one process. */
const left = [
  'null',
  '[]',
  '7',
  '"text"',
  '{}',
  '{"profile":null}',
  '{"startedAtMs":1,"intervalMicros":1,"profile":{}}',
  '{"startedAtMs":1,"intervalMicros":1,"profile":{"nodes":7,"samples":[],"startTime":0,"endTime":1}}',
  '{"startedAtMs":1,"intervalMicros":1,"profile":{"nodes":[null],"samples":[1],"timeDeltas":[1],"startTime":0,"endTime":1}}',
  '{"startedAtMs":1,"intervalMicros":1,"profile":{"nodes":[{"id":1,"children":[1]}],"samples":[1],"timeDeltas":[1],"startTime":0,"endTime":1}}',
  '{"startedAtMs":1e400,"intervalMicros":"x","profile":{"nodes":[],"samples":[],"timeDeltas":[],"startTime":0,"endTime":1}}',
  '{"startedAtMs":1,"endedAtMs":"x","profile":{"head":null,"samples":[]}}',
  '{"startedAtMs":1,"endedAtMs":2,"profile":{"head":{"id":1,"children":{},"selfSize":-1},"samples":[{"size":1e300}]}}',
  `${'['.repeat(100_000)}`,
];

const code = `const fs = require('node:fs'), path = require('node:path');
  const { folder } = JSON.parse(process.env.NOPS_RUN);
  ${JSON.stringify(left)}.forEach((text, at) => {
    fs.writeFileSync(path.join(folder, (900001 + at) + '.1.cpu'), text);
    fs.writeFileSync(path.join(folder, (910001 + at) + '.heap'), text);
    fs.writeFileSync(path.join(folder, (920001 + at) + '.trace.failed'), text);
  });
  (function honestWork(end) { while (Date.now() < end); })(Date.now() + 1500);`;

test('nops run reports files that are not profiles, and writes the real ones', async () => {
  const ran = await runCommand([process.execPath, script('leaves.cjs', code)], ['--cpu', '--heap']);
  assert.equal(ran.code, 0, ran.stderr);
  const honest = ran.result.profiles.filter(({ pid }) => pid < 900_000);
  assert.deepEqual(honest.map(({ kind }) => kind).sort(), ['cpu', 'heap']);
  for (const from of [900_001, 910_001]) {
    for (let at = 0; at < left.length; at++) {
      const isTold = ran.result.notes.some(note =>
        note.startsWith(`the profile that process ${from + at} wrote is damaged`),
      );
      const isKept = ran.result.profiles.some(({ pid }) => pid === from + at);
      assert.ok(isTold || isKept || left[at]?.startsWith('[['), `${left[at]?.slice(0, 80)}: ${ran.stderr}`);
    }
  }
  assert.ok(ran.result.notes.filter(note => note.includes('wrote is damaged')).length >= left.length);
});

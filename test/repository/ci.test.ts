/** .ci/run in a copy of its own, with commands in place of apt-get and npm that write down how they were called. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeTree, readRoot } from './checkout.js';

const skip = existsSync('/bin/bash') && process.getuid?.() === 0 ? false : 'needs root and bash, as apt-get does';

interface Ran {
  stdout: string;
  code: number | null;
  /** A line for each call. */
  calls: string[];
}

/** `needs`: the lines of .ci/needs. `commands`: more commands, as shell scripts. */
function runCi(t: TestContext, needs: string, commands: Record<string, string> = {}): Ran {
  const note = (name: string, then = '') => `#!/bin/bash\necho "${name} $*" >> "$CALLS"\n${then}\n`;
  const folder = makeTree(t, {
    '.ci/run': readRoot('.ci/run'),
    '.ci/needs': needs,
    'bin/apt-get': note('apt-get'),
    'bin/npm': note('npm', 'read -r line; echo "read: <$line>"; echo "1 passed, 0 failed"; exit 3'),
    ...Object.fromEntries(Object.entries(commands).map(([name, then]) => [`bin/${name}`, note(name, then)])),
  });
  for (const name of ['.ci/run', 'bin/apt-get', 'bin/npm', ...Object.keys(commands).map(each => `bin/${each}`)])
    chmodSync(path.join(folder, name), 0o755);
  const calls = path.join(folder, 'calls');
  // Without the machine's own Go, which would be built in the empty HOME.
  const env = { PATH: `${folder}/bin:/usr/bin:/bin`, HOME: folder, CALLS: calls };
  const { stdout, status } = spawnSync(path.join(folder, '.ci/run'), {
    cwd: '/',
    env,
    encoding: 'utf8',
    timeout: 60_000,
    input: 'typed\n',
  });
  return { stdout, code: status, calls: readFileSync(calls, 'utf8').trim().split('\n') };
}

test('what is missing is installed at once, what is there is not', { skip }, t => {
  const { calls, stdout } = runCi(t, '# a comment\nbash  bash\n\nnops-none-1  package-1\nnops-none-2  package-2\n');
  assert.deepEqual(calls.slice(0, 2), [
    'apt-get update -qq',
    'apt-get install -y -qq --no-install-recommends package-1 package-2',
  ]);
  assert.match(stdout, /^ci: installed package-1 package-2\n/);
});

test('what cannot be installed is said, and the tests run all the same', { skip }, t => {
  const { calls, stdout } = runCi(t, 'nops-none  package\n', { 'apt-get': 'exit 100' });
  assert.match(stdout, /^ci: could not install package; the tests that use them say that they are skipped\n/);
  assert.match(calls.at(-1) ?? '', /^npm /);
});

test('a service is started before the tests, one that does not start is named', { skip }, t => {
  const needs = 'service  package  service --daemonize "two words"\nbroken  package  broken start\n';
  const { calls, stdout } = runCi(t, needs, { service: '', broken: 'exit 1' });
  assert.deepEqual(calls.slice(0, 2), ['service --daemonize two words', 'broken start']);
  assert.match(stdout, /^ci: started service\nci: could not start broken\n/);
});

test('npm test runs with a budget below half an hour and no keyboard; its last line and its code are the last', {
  skip,
}, t => {
  const { calls, stdout, code } = runCi(t, '');
  const [, budget] = /^npm --silent test -- --all --budget=(\d+)$/.exec(calls.at(-1) ?? '') ?? [];
  // A file may take 190 s when it starts at the last moment.
  assert.ok(Number(budget) > 1000 && Number(budget) + 190 < 1800, calls.join());
  assert.match(stdout, /read: <>\n1 passed, 0 failed\n$/);
  assert.equal(code, 3);
});

test('the needs of the suite: each has a package, and the README tells those that a person installs', () => {
  const lines = readRoot('.ci/needs')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
  for (const line of lines) {
    assert.match(line, /^[\w.-]+ +[\w.-]+(?: +\S.*)?$/);
    assert.ok(readRoot('README.md').includes(line.split(/ +/)[1] ?? ''), line);
  }
});

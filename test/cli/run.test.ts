/** `nops run`: real commands that end in every way, what is left of each, and that they end as they would by themselves. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import type { RunResult } from '@nops/core/protocol/run-results';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { folder, nopsPath, until } from './helpers.js';
import { busy, type Run, runCommand, script } from './run-command.js';

function functionsOf(file: string): string[] {
  return decodeProfile(gunzipSync(readFileSync(file))).functionNames;
}

function checkComplete({ result, out }: Run): void {
  const [profile] = result.profiles;
  assert.deepEqual([profile?.kind, profile?.complete, result.notes], ['cpu', true, []]);
  assert.ok(functionsOf(profile?.file ?? '').includes('busyWork'));
  assert.ok(readdirSync(out).every(name => name === 'result.json' || name.endsWith('.pb.gz')));
}

for (const version of nodeVersions) {
  test(`Node ${version}: process.exit: its code, its output, and its whole life`, async t => {
    const node = nodeBinary(version);
    if (node === undefined) return t.skip('not installed');
    const file = script('exit.mjs', `${busy}\nconsole.log(process.argv[2]); setTimeout(() => process.exit(7), 700);`);
    const ran = await runCommand([node, file, '-top']);
    assert.deepEqual([ran.code, ran.stdout, ran.result.exitCode], [7, '-top\n', 7], ran.stderr);
    checkComplete(ran);
  });
}

test('an uncaught exception: told as ever, code 1, and profiled', async () => {
  const file = script('throw.cjs', `${busy}\nsetTimeout(() => { throw new Error('out of cheese'); }, 700);`);
  const ran = await runCommand([process.execPath, file]);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /out of cheese/);
  checkComplete(ran);
});

test('SIGTERM without a handler ends it, with one it decides', async () => {
  const said = 'setTimeout(() => console.log(process.pid), 700);';
  const plain = await runCommand(
    [process.execPath, script('plain.cjs', `${busy}\n${said}`)],
    ['--cpu'],
    async (printed, pid) => {
      await until('the app', () => printed().includes('\n'));
      process.kill(pid, 'SIGTERM');
    },
  );
  assert.deepEqual([plain.code, plain.result.signal], [128 + 15, 'SIGTERM'], plain.stderr);
  checkComplete(plain);
  const handling = `${busy}\n${said}\nprocess.on('SIGTERM', () => setTimeout(() => process.exit(3), 200));`;
  const handled = await runCommand(
    [process.execPath, script('handling.cjs', handling)],
    ['--cpu'],
    async (printed, pid) => {
      await until('the app', () => printed().includes('\n'));
      process.kill(pid, 'SIGTERM');
    },
  );
  assert.deepEqual([handled.code, handled.result.exitCode], [3, 3], handled.stderr);
  checkComplete(handled);
  const interrupted = await runCommand(
    [process.execPath, script('int.cjs', `${busy}\n${said}`)],
    ['--cpu'],
    async (printed, pid) => {
      await until('the app', () => printed().includes('\n'));
      process.kill(pid, 'SIGINT');
    },
  );
  assert.deepEqual([interrupted.code, interrupted.result.signal], [128 + 2, 'SIGINT'], interrupted.stderr);
  checkComplete(interrupted);
});

test('SIGKILL: all but the last ten seconds is there; of less, that nothing is', async () => {
  const said = 'setTimeout(() => console.log(process.pid), 500);';
  const soon = await runCommand(
    [process.execPath, script('soon.cjs', `${busy}\n${said}`)],
    ['--cpu'],
    async printed => {
      process.kill(Number(await until('the app', () => printed().trim())), 'SIGKILL');
    },
  );
  assert.deepEqual([soon.code, soon.result.signal, soon.result.profiles], [128 + 9, 'SIGKILL', []]);
  assert.match(soon.result.notes[0] ?? '', /was killed or still runs, and has left nothing yet/);
  const late = 'setTimeout(() => console.log(process.pid), 11_500);';
  const killed = await runCommand(
    [process.execPath, script('late.cjs', `${busy}\n${late}`)],
    ['--cpu'],
    async printed => {
      process.kill(Number(await until('the app', () => printed().trim())), 'SIGKILL');
    },
  );
  const [profile] = killed.result.profiles;
  assert.deepEqual([profile?.complete, killed.result.notes.length], [false, 1]);
  assert.ok(functionsOf(profile?.file ?? '').includes('busyWork'));
});

test('children are profiled too, each in a file of its own; --heap tells what is alive', async () => {
  const child = script(
    'child.mjs',
    `${busy}\nglobalThis.kept = []; for (let i = 0; i < 2e5; i++) kept.push({ i });\nsetTimeout(() => process.exit(), 700);`,
  );
  const parent = script('parent.cjs', `require('node:child_process').fork(${JSON.stringify(child)});`);
  const ran = await runCommand(['sh', '-c', `exec "$0" "$1"`, process.execPath, parent], ['--cpu', '--heap']);
  assert.equal(ran.code, 0, ran.stderr);
  const pids = new Set(ran.result.profiles.map(({ pid }) => pid));
  assert.deepEqual([pids.size, ran.result.profiles.filter(({ kind }) => kind === 'heap').length], [2, 2]);
  const withWork = ran.result.profiles.filter(
    ({ kind, file }) => kind === 'cpu' && functionsOf(file).includes('busyWork'),
  );
  assert.equal(withWork.length, 1);
});

test('what can’t be run says so', () => {
  const ask = (...args: string[]) =>
    spawnSync(process.execPath, [nopsPath, 'run', ...args], { cwd: folder, encoding: 'utf8', timeout: 30_000 });
  const missing = ask('--', 'no-such-program-anywhere');
  assert.deepEqual([missing.status, missing.stdout], [2, '']);
  assert.match(missing.stderr, /can't start no-such-program-anywhere/);
  const nothing = ask('--cpu');
  assert.deepEqual([nothing.status, nothing.stdout], [2, '']);
  assert.match(nothing.stderr, /^nops: run needs a command: nops run .*\n {2}next: nops run --help/);
  const tool = ask('--clinic', 'dentist', '--', 'node', 'x.js');
  assert.equal(tool.status, 2);
  assert.match(tool.stderr, /One of doctor, flame, bubbleprof, heapprofiler/);
  const clinic = ask('--clinic', 'doctor', '--', 'node', 'x.js');
  if (clinic.stderr.includes('not installed')) {
    assert.equal(clinic.status, 6);
    assert.match(clinic.stderr, /npm install --save-dev clinic/);
  }
  assert.equal(ask('-o', '/no/such/folder', '--', 'node', '-e', '0').status, 2);
});

test('--clinic doctor, without a terminal', t => {
  if (spawnSync('sh', ['-c', 'command -v clinic']).status !== 0)
    return t.skip('clinic is not installed: it is looked for in PATH');
  const out = mkdtempSync(join(folder, 'clinic-'));
  const file = script('doctor.cjs', `${busy}\nsetTimeout(() => process.exit(), 2000);`);
  const args = [
    'run',
    '--clinic',
    'doctor',
    '-o',
    out,
    '--json-file',
    join(out, 'r.json'),
    '--',
    process.execPath,
    file,
  ];
  const ran = spawnSync(process.execPath, [nopsPath, ...args], { cwd: folder, encoding: 'utf8', timeout: 120_000 });
  assert.equal(ran.status, 0, ran.stderr);
  const { profiles } = JSON.parse(readFileSync(join(out, 'r.json'), 'utf8')) as RunResult;
  assert.equal(profiles[0]?.kind, 'clinic');
  assert.ok(/^\s*<!DOCTYPE html>/i.test(readFileSync(profiles[0]?.file ?? '', 'utf8')), 'a page');
});

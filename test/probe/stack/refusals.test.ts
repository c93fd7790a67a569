/** Builds and machines that can't be read: refused by the check that failed, with exit code 6, and never guessed at. */

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { NopsError } from '@nops/core/protocol/errors';
import { ElfFile } from '@nops/probe/beside/elf/elf-file';
import { requireLinux } from '@nops/probe/beside/procfs';
import { readBinary } from '@nops/probe/beside/v8/binary';
import { layoutOf } from '@nops/probe/beside/v8/layout';
import { openV8 } from '@nops/probe/beside/v8/process';
import { nops } from '../../cli/helpers.js';
import { compressedCopy, foreignCopy } from '../../support/altered-node.js';
import { startTarget } from '../../support/target.js';

const idle = `setInterval(() => {}, 1000); console.log('ready');`;

/** Every command that reads memory: the check is named, and so is what would work instead. */
async function refusedEverywhere(pid: number, check: RegExp): Promise<void> {
  for (const command of [['stack'], ['stack', '--stop'], ['async'], ['top', '--once', '-s', '1'], ['attach']]) {
    const { code, stdout, stderr } = await nops([...command, String(pid)]);
    assert.equal(code, 6, `${command.join(' ')}: ${stdout}${stderr}`);
    assert.match(stdout + stderr, check, command.join(' '));
    assert.match(stdout + stderr, /@nops\/agent/, command.join(' '));
  }
}

test('pointer compression', async t => {
  const target = await startTarget(t, idle, {
    node: compressedCopy(t, process.execPath),
    execArgv: [],
    noSocket: true,
  });
  await target.said('ready');
  await refusedEverywhere(target.pid, /built with pointer compression \(v8dbg_TaggedSize is 4\)/);
  const { stdout } = await nops(['stack', String(target.pid)]);
  assert.match(stdout, /^main thread \d+ /m, 'its threads are told all the same');
});

test('musl', async t => {
  const library = /\S+\/libm\.so\S*|\S+\/libm-\S+\.so/.exec(readFileSync('/proc/self/maps', 'latin1'))?.[0] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'nops-musl-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const loader = join(folder, 'ld-musl-x86_64.so.1');
  copyFileSync(library, loader);
  const target = await startTarget(t, idle, { execArgv: [], noSocket: true, env: { LD_PRELOAD: loader } });
  await target.said('ready');
  await refusedEverywhere(target.pid, /its C library is musl/);
});

test('an unknown version, other sizes, a constant that is missing', () => {
  const binary = readBinary(process.execPath);
  const refused = (changed: Partial<typeof binary>, check: RegExp) =>
    assert.throws(() => layoutOf({ ...binary, ...changed }), refuses(check));
  refused({ version: [15, 0, 0, 0] }, /its V8 is 15\.0\.0\.0, and nops knows the layout of 11\.3 \(Node 20\)/);
  for (const [name, value] of [
    ['TaggedSize', 4],
    ['SystemPointerSize', 4],
    ['SmiShiftSize', 0],
    ['HeapObjectTag', 0],
  ] as const) {
    refused({ constants: { ...binary.constants, [name]: value } }, new RegExp(`v8dbg_${name} is ${value}`));
  }
  const { off_fp_function: _, ...without } = binary.constants;
  refused({ constants: without }, /V8's constant v8dbg_off_fp_function is missing/);
});

test('another architecture, of the executable and of this machine', t => {
  assert.throws(() => new ElfFile(foreignCopy(t, process.execPath)), /not built for x86-64/);
  pretend(t, 'arch', 'arm64');
  assert.throws(() => openV8(process.pid), refuses(/on x86-64 only, and this is arm64/));
});

test('another system', t => {
  pretend(t, 'platform', 'darwin');
  assert.throws(() => requireLinux(), refuses(/Linux only; this is darwin/));
});

function pretend(t: TestContext, name: 'arch' | 'platform', value: string): void {
  const before = Object.getOwnPropertyDescriptor(process, name) ?? {};
  Object.defineProperty(process, name, { ...before, value });
  t.after(() => Object.defineProperty(process, name, before));
}

function refuses(check: RegExp): (error: unknown) => boolean {
  return error => error instanceof NopsError && error.code === 'impossible' && check.test(error.message);
}

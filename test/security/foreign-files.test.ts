/** Files that a process names: FIFOs, devices and what the kernel shows are not opened, and nops answers all the same. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lookAtForeign, openForeign, readForeign } from '@nops/probe/beside/open-foreign';
import { nopsPath } from '../cli/helpers.js';
import { type Measured, measuredNops, mostMegabytes } from '../support/measured.js';
import { needsRoot } from '../support/readable-copy.js';
import { startTarget } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const attackers = join(nopsPath, '../../../test/security/attackers');

/** Starts one of attackers/; its pid when it is ready. */
async function attacked(t: TestContext, file: string, argument: string): Promise<number> {
  const code = `process.argv[2] = ${JSON.stringify(argument)}; require(${JSON.stringify(join(attackers, file))});`;
  const target = await startTarget(t, code, { execArgv: [], noSocket: true, type: 'cjs' });
  await target.said('ready');
  await new Promise(resolve => setTimeout(resolve, 1000));
  return target.pid;
}

function assertModest({ code, megabytes, stderr }: Measured, codes: number[]): void {
  assert.ok(code !== null && codes.includes(code), `exit code ${code}; ${stderr}`);
  assert.ok(megabytes < mostMegabytes, `${megabytes} MB`);
}

test('a FIFO that is mapped as libnode.so: the process is listed, and refused with the cause', async t => {
  const folder = temporaryFolder(t);
  const pid = await attacked(t, 'libnode-fifo.cjs', folder);
  assert.match(readFileSync(`/proc/${pid}/maps`, 'utf8'), /\/libnode\.so \(deleted\)$/m);
  const list = await measuredNops([]);
  assertModest(list, [0]);
  assert.match(list.stdout, new RegExp(`^ *${pid} `, 'm'));
  for (const command of ['stack', 'async', 'info']) {
    const asked = await measuredNops([command, String(pid)]);
    assertModest(asked, [0, 6]);
    if (command === 'stack')
      assert.match(asked.stdout + asked.stderr, /can't be read: .*libnode\.so: it is no regular file/);
  }
});

for (const name of ['/proc/self/pagemap', '/proc/kmsg', '/dev/zero', '/sys/kernel/uevent_seqnum']) {
  test(`a script that is called ${name}: its function is named, and nothing is read there`, async t => {
    const pid = await attacked(t, 'blocked-as.cjs', name);
    const stack = await measuredNops(['stack', String(pid)]);
    assertModest(stack, [0]);
    assert.match(stack.stdout, new RegExp(`waits {2}${name}:1:`));
  });
}

for (const [what, make] of [
  ['a link to a file of the kernel’s without end', path => symlinkSync('/proc/self/pagemap', path)],
  ['a link to /dev/zero', path => symlinkSync('/dev/zero', path)],
  ['a FIFO', path => void execFileSync('mkfifo', [path])],
  [
    'a gigabyte of nothing',
    path => {
      writeFileSync(path, '');
      truncateSync(path, 2 ** 30);
    },
  ],
  ['a link to itself', path => symlinkSync(path, path)],
] as [string, (path: string) => void][]) {
  test(`package.json and source map are ${what}: the process is listed and its stack shown`, async t => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'lib'));
    const script = join(folder, 'lib', 'index.js');
    writeFileSync(
      script,
      `console.log('ready');\nsetTimeout(function waits() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }, 200);\n//# sourceMappingURL=index.js.map\n`,
    );
    const target = await startTarget(t, `process.argv[1] = ${JSON.stringify(script)};`, {
      execArgv: [script],
      noSocket: true,
    });
    await target.said('ready');
    // Node itself would not get past such a file.
    make(join(folder, 'package.json'));
    make(join(folder, 'lib', 'index.js.map'));
    await new Promise(resolve => setTimeout(resolve, 1000));
    const list = await measuredNops([]);
    assertModest(list, [0]);
    assert.match(list.stdout, new RegExp(`^ *${target.pid} +\\d+ +\\S*index `, 'm'));
    const stack = await measuredNops(['stack', String(target.pid)]);
    assertModest(stack, [0]);
    assert.match(stack.stdout, /waits {2}\S*index\.js:2:/);
  });
}

test('only regular files of real file systems are opened, whatever leads there', t => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, 'text');
  symlinkSync(file, join(folder, 'absolute'));
  symlinkSync(`../${folder.split('/').at(-1)}/absolute`, join(folder, 'relative'));
  symlinkSync(`/proc/${process.pid}/cwd`, join(folder, 'magic'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  for (const name of ['file', 'absolute', 'relative', `../${folder.split('/').at(-1)}/file`]) {
    assert.equal(readForeign(join(folder, name), 10), 'text', name);
    assert.equal(readForeign(`/proc/self/root${folder}/${name}`, 10), 'text', name);
    assert.equal(lookAtForeign(join(folder, name))?.path, file);
  }
  assert.equal(readForeign(file, 3), undefined, 'longer than what is read');
  assert.equal(readForeign(join(folder, 'absolute'), 10, 'before-last'), undefined);
  assert.equal(readForeign(join(folder, 'none\0'), 10), undefined);
  for (const [path, why] of [
    [folder, /no regular file/],
    [join(folder, 'fifo'), /no regular file/],
    ['/dev/null', /no regular file/],
    ['/proc/self/maps', /link of the kernel in \/proc/],
    [`/proc/${process.pid}/maps`, /file system of the kernel/],
    ['/proc/kmsg', /file system of the kernel/],
    ['/sys/kernel/uevent_seqnum', /file system of the kernel/],
    [join(folder, 'magic', 'file'), /link of the kernel in \/proc/],
  ] as const) {
    assert.throws(() => openForeign(path), why, path);
  }
});

test('a link in a process’s own root leads within that root', { skip: needsRoot }, async t => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/passwd'), 'its own');
  symlinkSync('/etc/passwd', join(root, 'link'));
  symlinkSync('../../../etc/passwd', join(root, 'up'));
  const inside = spawn(
    'python3',
    ['-c', 'import os, sys, time; os.chroot(sys.argv[1]); print("in", flush=True); time.sleep(1000)', root],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => inside.kill('SIGKILL'));
  await once(inside.stdout, 'data');
  const prefix = `/proc/${inside.pid}/root`;
  assert.equal(readForeign(`${prefix}/link`, 100), 'its own');
  assert.equal(readForeign(`${prefix}/up`, 100), 'its own');
});

/** A FUSE file system without a server: whoever looks at a file in it waits for ever. Gone with the process, whose mounts are its own. */
const unserved = `
const { spawnSync } = require('node:child_process');
const { mkdirSync, openSync, symlinkSync } = require('node:fs');
const folder = __dirname;
mkdirSync(folder + '/m');
symlinkSync('m', folder + '/l');
const server = openSync('/dev/fuse', 'r+');
const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
const { status } = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'none', folder + '/m'], { stdio: ['ignore', 'inherit', 'inherit', server] });
process.title = 'node ' + folder + '/l/a.js';
console.log('ready ' + status);
setInterval(() => {}, 1000);`;

test('a script on a file system that never answers, through a link: the process is listed and looked at', {
  skip: needsRoot || (existsSync('/dev/fuse') ? false : 'needs /dev/fuse'),
}, async t => {
  const target = await startTarget(t, unserved, {
    execArgv: [],
    noSocket: true,
    type: 'cjs',
    prefix: ['unshare', '--mount'],
  });
  assert.equal(await target.said('ready'), '0');
  assert.match(readFileSync(`/proc/${target.pid}/cmdline`, 'latin1'), /^node \S+\/l\/a\.js/);
  for (const args of [[], ['info', String(target.pid)], ['stack', String(target.pid)]]) {
    const looked = await measuredNops(args);
    assertModest(looked, [0]);
    assert.match(looked.stdout, new RegExp(`\\b${target.pid}\\b`));
  }
});

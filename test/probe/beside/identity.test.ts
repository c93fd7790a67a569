import assert from 'node:assert/strict';
import { cpSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Identity, readIdentity } from '@nops/probe/beside/identity';
import { readNodeVersion, versionOfFile } from '@nops/probe/beside/node-version';
import { isNode, listNodeProcesses, sampleCpu } from '@nops/probe/beside/processes';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { start, startNode, until } from './processes.js';

/** A package `@acme/checkout` whose scripts stay. */
function makePackage(folder: string): void {
  mkdirSync(join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name":"@acme/checkout"}');
  writeFileSync(join(folder, 'dist/package.json'), '{"type":"commonjs"}');
  for (const name of ['index', 'pay-worker', 'hook']) {
    writeFileSync(
      join(folder, `dist/${name}.js`),
      name === 'hook' ? '' : 'console.log("ready"); setInterval(() => {}, 1000)',
    );
  }
}

test('who it is: script, package, name, whatever flags stand before it', async t => {
  const folder = realpathSync(temporaryFolder(t));
  makePackage(folder);
  const identify = async (args: string[]): Promise<Identity> => {
    const target = start(t, process.execPath, args, { cwd: folder });
    await until(() => target.lines.length > 0, 'it runs');
    const identity = readIdentity(target.pid);
    await target.stop();
    return identity;
  };
  const cases: [string[], string, string][] = [
    [['dist/index.js', '--require', 'x'], 'dist/index.js', 'checkout/index'],
    [['dist'], 'dist/index.js', 'checkout/index'],
    [['./dist/pay-worker'], 'dist/pay-worker.js', 'pay-worker'],
    [
      ['-r', './dist/hook.js', '--title', 'x', '--conditions', 'dev', '--', 'dist/pay-worker.js'],
      'dist/pay-worker.js',
      'pay-worker',
    ],
    [
      ['--max-old-space-size=64', '--unhandled-rejections', 'warn', join(folder, 'dist/index.js')],
      'dist/index.js',
      'checkout/index',
    ],
  ];
  for (const [args, script, name] of cases) {
    const identity = await identify(args);
    if (args.includes('--title')) {
      assert.equal(identity.name, 'x', 'a title is the name');
      continue;
    }
    assert.equal(identity.script, join(folder, script), args.join(' '));
    assert.equal(identity.packageName, '@acme/checkout');
    assert.equal(identity.name, name);
    assert.deepEqual(identity.argv.slice(1), args);
    assert.equal(identity.cwd, folder);
    assert.equal(identity.ppid, process.pid);
    assert.equal(identity.uid, process.geteuid?.());
    assert.equal(identity.exe, realpathSync(process.execPath));
  }
});

test('a link in node_modules/.bin leads to its package', async t => {
  const folder = realpathSync(temporaryFolder(t));
  makePackage(folder);
  mkdirSync(join(folder, '.bin'));
  symlinkSync('../dist/pay-worker.js', join(folder, '.bin/pay'));
  const target = start(t, process.execPath, [join(folder, '.bin/pay')]);
  await until(() => target.lines.length > 0, 'it runs');
  const { name, packageName, script } = readIdentity(target.pid);
  assert.deepEqual(
    { name, packageName, script },
    { name: 'pay', packageName: '@acme/checkout', script: join(folder, '.bin/pay') },
  );
});

test('without a script: node -e, standard input; with a title: the title', async t => {
  const evaluated = await startNode(t, 'stay(); ready();');
  assert.equal(readIdentity(evaluated.pid).name, 'node -e');
  assert.equal(readIdentity(evaluated.pid).script, null);
  const piped = start(t, process.execPath, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  piped.child.stdin?.end('console.log("ready"); setInterval(() => {}, 1000)');
  await until(() => piped.lines.length > 0, 'it runs');
  assert.equal(readIdentity(piped.pid).name, 'node (stdin)');
  const titled = await startNode(t, "process.title = 'pay (eu) 1'; stay(); ready();");
  const { name, title, argv } = readIdentity(titled.pid);
  assert.deepEqual({ name, title, argv }, { name: 'pay (eu) 1', title: 'pay (eu) 1', argv: ['pay (eu) 1'] });
});

test('a title as pm2 sets it names the script', async t => {
  const folder = realpathSync(temporaryFolder(t));
  makePackage(folder);
  const script = join(folder, 'dist/pay-worker.js');
  const { pid } = await startNode(t, `process.title = ${JSON.stringify(`node ${script}`)}; stay(); ready();`);
  const identity = readIdentity(pid);
  assert.equal(identity.script, script);
  assert.equal(identity.name, 'pay-worker');
});

test('no such process has no identity', () => {
  assert.throws(() => readIdentity(0x7fffffff), { name: 'NopsError', code: 'no-target' });
});

test('Node’s version without running it', async t => {
  assert.equal(versionOfFile(process.execPath), process.versions.node);
  assert.equal(readNodeVersion(process.pid), process.versions.node);
  const { pid } = await startNode(t, 'stay(); ready();');
  assert.equal(readNodeVersion(pid), process.versions.node);
  assert.equal(readNodeVersion(0x7fffffff), null);
  for (const file of ['/bin/sleep', '/etc/passwd', '/nonsense', '/tmp']) assert.equal(versionOfFile(file), null, file);
  const cut = join(temporaryFolder(t), 'cut');
  writeFileSync(cut, Buffer.concat([Buffer.from('7f454c460201', 'hex'), Buffer.alloc(58, 0xff)]));
  assert.equal(versionOfFile(cut), null);
});

test('what is Node: by its executable, not by what it calls itself', async t => {
  const node = await startNode(t, "process.title = 'sleep'; stay(); ready();");
  assert.equal(isNode(node.pid), true);
  const sleep = start(t, 'sleep', ['1000']);
  const fake = start(t, 'bash', ['-c', 'exec -a node sleep 1000']);
  await until(() => readIdentity(fake.pid).argv[0] === 'node', 'it calls itself node');
  assert.equal(isNode(sleep.pid), false);
  assert.equal(isNode(fake.pid), false);
  assert.equal(isNode(2), false, 'a kernel thread, or nothing');
  assert.equal(isNode(0x7fffffff), false);
});

test('the list holds Node processes with what they do, and not us', async t => {
  const idle = await startNode(t, "process.title = 'nops idle'; stay(); ready();");
  const busy = await startNode(t, 'ready(); for (;;);');
  const sleep = start(t, 'sleep', ['1000']);
  const { processes } = listNodeProcesses();
  const pids = processes.map(({ pid }) => pid);
  assert.ok(pids.includes(idle.pid) && pids.includes(busy.pid));
  assert.ok(!pids.includes(sleep.pid) && !pids.includes(process.pid));
  const listed = processes.find(({ pid }) => pid === idle.pid);
  assert.equal(listed?.name, 'nops idle');
  assert.equal(listed?.node, process.versions.node);
  assert.equal(listed?.agent, null);
  assert.ok((listed?.usage.rssBytes ?? 0) > 1 << 20);
  const gone = start(t, 'sleep', ['1000']);
  await gone.stop();
  const cpu = await sampleCpu([idle, busy, gone], 100);
  assert.ok((cpu.get(busy.pid) ?? 0) > (cpu.get(idle.pid) ?? 100));
  assert.equal(cpu.has(gone.pid), false);
});

test('a deleted executable is still Node', async t => {
  const folder = temporaryFolder(t);
  const copy = join(folder, 'node');
  cpSync(process.execPath, copy);
  const target = start(t, copy, ['-e', 'console.log("ready"); setInterval(() => {}, 1000)']);
  await until(() => target.lines.length > 0, 'it runs');
  rmSync(copy);
  assert.equal(isNode(target.pid), true);
  assert.equal(readIdentity(target.pid).exe, copy);
  assert.equal(readNodeVersion(target.pid), process.versions.node);
});

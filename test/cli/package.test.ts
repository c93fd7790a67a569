/** The package that would be published: what is in it runs alone, with nothing but the packages that it declares. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { startServing, writeProfile } from '../ui/start-ui.js';
import { folder, nopsPath, run, startNode } from './helpers.js';

const cli = dirname(dirname(nopsPath));
const checkout = dirname(cli);

/** Packs `nops` and unpacks it as npm would install it; its command. The checkout was built before the tests. */
function install(): string {
  const at = mkdtempSync(join(folder, 'installed-'));
  // Without the scripts of the package, which would build: that is not for a test, while others run.
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', at];
  const packed = spawnSync('npm', pack, { cwd: cli, encoding: 'utf8', timeout: 60_000 });
  assert.equal(packed.status, 0, packed.stderr);
  const unpacked = join(at, 'node_modules', 'nops');
  mkdirSync(unpacked, { recursive: true });
  const file = join(at, packed.stdout.trim());
  const tar = spawnSync('tar', ['-xzf', file, '-C', unpacked, '--strip-components=1'], { encoding: 'utf8' });
  assert.equal(tar.status, 0, tar.stderr);
  const { dependencies, bin } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    bin: { nops: string };
  };
  for (const name of Object.keys(dependencies)) {
    const link = join(at, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(checkout, 'node_modules', name), link);
  }
  return join(unpacked, bin.nops);
}

test('the packed command runs on its own, and has its page', async t => {
  const nops = install();
  const { dependencies } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8')) as { dependencies: object };
  const required = readdirSync(join(cli, 'bundle'))
    .filter(name => name.endsWith('.cjs'))
    .flatMap(name => [
      ...readFileSync(join(cli, 'bundle', name), 'utf8').matchAll(/(?:require|href\))\(["']([@a-z][^"']*)["']\)/g),
    ])
    .map(([, name = '']) => name)
    .filter(name => !isBuiltin(name));
  assert.deepEqual([...new Set(required)].filter(name => !(name in dependencies)).sort(), [], 'declared');
  const own = Object.keys(dependencies).filter(name => name.startsWith('@nops/'));
  assert.deepEqual(own, [], 'what is bundled is not installed a second time');
  assert.ok(!readdirSync(dirname(dirname(nops))).includes('dist'));

  const version = await run(process.execPath, [nops, '--version']);
  assert.deepEqual([version.code, version.stdout], [0, '0.1.0\n'], version.stderr);
  const { pid } = await startNode(['-e', 'setInterval(() => {}, 1000); console.log("ready")']);
  const list = await run(process.execPath, [nops]);
  assert.match(list.stdout, new RegExp(`^ *${pid} .* idle`, 'm'), list.stderr);
  for (const command of ['info', 'stack', 'fds', 'sockets', 'tree', 'doctor']) {
    const answer = await run(process.execPath, [nops, command, ...(/tree|doctor/.test(command) ? [] : [String(pid)])]);
    assert.ok(answer.stdout.length > 0 && !answer.stderr.includes('bug in nops'), `${command}: ${answer.stderr}`);
  }

  const ui = await startServing(t, ['ui', writeProfile(folder, [[['main'], 1]])], {}, nops);
  const page = await fetch(`${ui.origin}/`);
  const text = await page.text();
  assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
  const script = /src="\.(\/assets\/[^"]+\.js)"/.exec(text)?.[1];
  assert.equal((await fetch(`${ui.origin}${script}`)).status, 200);
});

/** The package that would be published: what is in it runs alone, with nothing but the packages that it declares. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { installPacked } from '../support/packed.js';
import { startServing, writeProfile } from '../ui/start-ui.js';
import { folder, nopsPath, run, startNode } from './helpers.js';

const cli = dirname(dirname(nopsPath));

test('the packed command runs on its own, and has its page', async t => {
  const nops = installPacked(folder).command;
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

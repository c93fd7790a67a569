/** The set-up, where it must not do what it does on a good day. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { makeTree, root, runNode } from './checkout.js';

function urlOf(script: string): string {
  return JSON.stringify(pathToFileURL(path.join(root, 'scripts', script)).href);
}

/** Runs `code` as a module that can use what `script` exports. */
function evaluate(
  script: string,
  names: string,
  code: string,
  env: NodeJS.ProcessEnv = {},
): { code: number | null; output: string } {
  return runNode(['--input-type=module', '-e', `import { ${names} } from ${urlOf(script)};\n${code}`], { env });
}

test('an old Node is told what it needs', () => {
  const { output } = evaluate(
    'setup/node-version.mjs',
    'checkNode',
    `for (const version of ['18.20.8', '20.18.3', '20.19.0', '22.0.0', '26.10.0']) {
      try { checkNode(version); console.log(version, 'fine'); } catch (error) { console.log(version, error.message); }
    }`,
  );
  assert.deepEqual(output.trim().split('\n'), [
    '18.20.8 this is Node 18.20.8, and nops needs Node 20.19 or newer.',
    '20.18.3 this is Node 20.18.3, and nops needs Node 20.19 or newer.',
    '20.19.0 fine',
    '22.0.0 fine',
    '26.10.0 fine',
  ]);
});

/** A checkout of nothing, and a stand-in for npm that prints `npmSays` and fails. */
function installWith(t: TestContext, npmSays: string): string {
  const folder = makeTree(t, {
    'package.json': '{"workspaces":[]}',
    'package-lock.json': '{}',
    '.npmrc': '',
    'npm-cli.js': `console.error(${JSON.stringify(npmSays)}); process.exit(1);`,
  });
  const code = `await installPackages(${JSON.stringify(folder)}, () => {}).catch(error => console.log(error.message + '\\n' + error.next));`;
  const { output } = evaluate('setup/packages.mjs', 'installPackages', code, {
    npm_execpath: path.join(folder, 'npm-cli.js'),
  });
  assert.equal(existsSync(path.join(folder, 'node_modules')), false, 'nothing is stamped as installed');
  return output;
}

test('a registry that does not answer is told as that, without its address', t => {
  const output = installWith(
    t,
    'npm error code EAI_AGAIN\nnpm error request to https://registry.example/x failed: getaddrinfo EAI_AGAIN registry.example',
  );
  assert.match(output, /the package registry did not answer \(EAI_AGAIN\)/);
  assert.match(output, /Check the network, and npm's registry and proxy settings/);
  assert.doesNotMatch(output, /registry\.example/);
});

test('a lock file that is out of date is told as that', t => {
  const folder = makeTree(t, {
    'package.json': '{"workspaces":["core"],"devDependencies":{"a":"1.0.0"}}',
    'core/package.json': '{"dependencies":{"b":"2.0.0"}}',
    'package-lock.json': '{"packages":{"":{"devDependencies":{"a":"1.0.0"}},"core":{"dependencies":{"b":"1.0.0"}}}}',
  });
  const code = `await installPackages(${JSON.stringify(folder)}, () => {}).catch(error => console.log(error.message + '\\n' + error.next));`;
  const { output } = evaluate('setup/packages.mjs', 'installPackages', code);
  assert.match(
    output,
    /^core\/package\.json and package-lock\.json do not agree about dependencies\.\nRun "npm install"/,
  );
});

test('any other failure shows what npm said, without addresses', t => {
  const output = installWith(
    t,
    'npm error code E404\nnpm error 404 Not Found - GET https://registry.example:8443/nothing',
  );
  assert.match(output, /npm install failed with code 1:\nnpm error code E404/);
  assert.doesNotMatch(output, /registry\.example/);
});

test('npm that is missing is told as that', t => {
  const folder = makeTree(t, { 'package.json': '{"workspaces":[]}' });
  const code = `await installPackages(${JSON.stringify(folder)}, () => {}).catch(error => console.log(error.message));`;
  const { output } = evaluate('setup/packages.mjs', 'installPackages', code, { npm_execpath: '', PATH: folder });
  assert.equal(output.trim(), 'npm is not there.');
});

test('two set-ups of one checkout run one after the other', async t => {
  const folder = makeTree(t, { log: '' });
  const code = `import fs from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { withLock } from ${urlOf('setup/lock.mjs')};
    await withLock(${JSON.stringify(folder)}, () => {}, async () => {
      fs.appendFileSync(${JSON.stringify(path.join(folder, 'log'))}, 'in ');
      await sleep(100);
      fs.appendFileSync(${JSON.stringify(path.join(folder, 'log'))}, 'out ');
    });`;
  const exits = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
    return new Promise(resolve => child.once('exit', resolve));
  });
  assert.deepEqual(await Promise.all(exits), [0, 0, 0, 0]);
  assert.equal(readFileSync(path.join(folder, 'log'), 'utf8'), 'in out '.repeat(4));
  assert.deepEqual(readdirSync(path.join(folder, '.nops')), []);
});

test('the lock of a process that died is taken over, also when its pid lives on as another process', t => {
  for (const holder of ['999999999-1', `${process.pid}-1`]) {
    const folder = makeTree(t, {});
    mkdirSync(path.join(folder, '.nops/setup.lock'), { recursive: true });
    writeFileSync(path.join(folder, '.nops/setup.lock', holder), '');
    const code = `await withLock(${JSON.stringify(folder)}, () => {}, async () => console.log('mine'));`;
    assert.equal(evaluate('setup/lock.mjs', 'withLock', code).output.trim(), 'mine');
  }
});

test('a compiled file goes when its source is gone', t => {
  const folder = makeTree(t, {
    'tsconfig.json': '{"references":[{"path":"core"},{"path":"test"}]}',
    'node_modules/typescript/bin/tsc': '',
    'core/src/a/kept.ts': '',
    'core/dist/a/kept.js': '',
    'core/dist/a/kept.d.ts': '',
    'core/dist/a/gone.js': '',
    'core/dist/a/gone.js.map': '',
    'core/dist/b/gone.d.ts': '',
    'core/dist/.tsbuildinfo': '',
    'test/x.test.ts': '',
    'test/dist/x.test.js': '',
    'test/dist/y.test.js': '',
  });
  const { code, output } = evaluate('setup/build.mjs', 'build', `await build(${JSON.stringify(folder)}, () => {});`);
  assert.equal(code, 0, output);
  const left = (readdirSync(folder, { recursive: true }) as string[]).filter(file => /dist\/.*\./.test(file)).sort();
  assert.deepEqual(left, [
    'core/dist/.tsbuildinfo',
    'core/dist/a/kept.d.ts',
    'core/dist/a/kept.js',
    'test/dist/x.test.js',
  ]);
});

test('a browser is installed only when a test needs one and we may', t => {
  const folder = makeTree(t, {
    'bin/apt-get': '#!/bin/sh\necho "$@" >> "$0.log"\n',
    'with/test/ui/page.browser.test.ts': '',
    'without/test/dist/old.browser.test.ts': '',
  });
  const bin = path.join(folder, 'bin');
  const install = (checkout: string, uid: number) => {
    const at = JSON.stringify(path.join(folder, checkout));
    const code = `import fs from 'node:fs';
      fs.chmodSync(${JSON.stringify(path.join(bin, 'apt-get'))}, 0o755);
      process.getuid = () => ${uid};
      await installBrowser(${at}, line => console.log(line));`;
    return evaluate('setup/browser.mjs', 'installBrowser', code, { PATH: `${bin}:/nowhere` }).output;
  };
  assert.equal(install('without', 0), '');
  assert.match(install('with', 1000), /will be skipped\. To run them: install Chromium/);
  assert.equal(existsSync(path.join(bin, 'apt-get.log')), false);
  assert.match(install('with', 0), /installing Chromium/);
  assert.match(readFileSync(path.join(bin, 'apt-get.log'), 'utf8'), /^update -qq\ninstall .* chromium\n$/);
});

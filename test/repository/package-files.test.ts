/** What every package.json, the lock file and the compiler's options must say. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { readRoot, root } from './checkout.js';

interface Manifest {
  license?: string;
  engines?: { node?: string };
  workspaces?: string[];
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  bin?: Record<string, string>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readRoot(path.join(folder, 'package.json'))) as Manifest;
}

const workspaces = readManifest('.').workspaces ?? [];
const folders = [
  '.',
  ...workspaces,
  ...(existsSync(path.join(root, 'bench/peers/package.json')) ? ['bench/peers'] : []),
];

test('the workspaces are the packages of the design', () => {
  assert.deepEqual(workspaces, ['core', 'probe', 'agent', 'cli', 'ui', 'examples']);
});

test('every package.json has the licence and the oldest Node', () => {
  for (const folder of folders) {
    const { license, engines } = readManifest(folder);
    assert.deepEqual({ folder, license, node: engines?.node }, { folder, license: 'Apache-2.0', node: '>=20.19' });
  }
});

test('dependencies are exact versions', () => {
  for (const folder of folders) {
    const { dependencies, devDependencies, optionalDependencies } = readManifest(folder);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      assert.match(version, /^(?:npm:[\w@/.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/, `${name} in ${folder}/package.json`);
    }
  }
});

test('the lock file records no download addresses', () => {
  assert.doesNotMatch(readRoot('package-lock.json'), /"resolved": "(?:https?|git)/);
  assert.match(readRoot('.npmrc'), /^omit-lockfile-registry-resolved=true$/m);
});

test('the lock file holds every package with its hash', () => {
  const { packages } = JSON.parse(readRoot('package-lock.json')) as {
    packages: Record<string, { link?: boolean; integrity?: string }>;
  };
  for (const [name, entry] of Object.entries(packages)) {
    if (!name.includes('node_modules/') || entry.link === true) continue;
    assert.match(entry.integrity ?? '', /^sha512-/, name);
  }
});

test('core is compiled without the types of Node and of the DOM', () => {
  const { compilerOptions } = JSON.parse(readRoot('core/tsconfig.json')) as {
    compilerOptions: { types?: string[]; lib?: string[] };
  };
  const base = JSON.parse(readRoot('tsconfig.base.json')) as { compilerOptions: { lib: string[] } };
  assert.deepEqual(compilerOptions.types, []);
  // The language alone; Node 20 and all browsers that the page runs in have buffers that can be resized.
  assert.deepEqual(compilerOptions.lib ?? base.compilerOptions.lib, ['es2023', 'es2024.arraybuffer']);
});

test('the command is a committed file', () => {
  const { bin } = readManifest('cli');
  assert.deepEqual(bin, { nops: 'bin/nops.js' });
  assert.ok(existsSync(path.join(root, 'cli/bin/nops.js')));
});

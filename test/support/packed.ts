/** The package `nops` as npm would install it: nothing but what is packed, and the packages that it declares. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const checkout = new URL('../../../', import.meta.url).pathname;
const cli = join(checkout, 'cli');

/** Packs it and unpacks it below a new folder in `folder`; that folder, and the file of its command. The checkout was built before the tests. */
export function installPacked(folder: string): { at: string; command: string } {
  const at = mkdtempSync(join(folder, 'installed-'));
  // Without the scripts of the package, which would build: that is not for a test, while others run.
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', at];
  const packed = spawnSync('npm', pack, { cwd: cli, encoding: 'utf8', timeout: 120_000 });
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
  return { at, command: join(unpacked, bin.nops) };
}

/** A copy of what the packages run with, for a user who may not read the checkout: ours may be under /root. */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Has no files and no rights: `nobody` of Debian. */
export const nobody = 65_534;

/** Only root can become somebody else. */
export const needsRoot = process.getuid?.() === 0 ? false : 'needs root, to run as another user';

export interface ReadableCopy {
  root: string;
  /** A node that this user can run. */
  node: string;
  nops: string;
  agentRegister: string;
}

/** The workspaces that `nops` and the agent are made of. */
const usual = ['core', 'probe', 'agent', 'cli'];

/** Gone with the test, or with the file when it is given node:test's own `after`. */
export function readableCopy(t: { after(end: () => void): void }, more: string[] = []): ReadableCopy {
  const root = mkdtempSync(join(tmpdir(), 'nops-copy-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  chmodSync(root, 0o755);
  const workspaces = [...usual, ...more];
  const packages = new Set<string>();
  for (const name of workspaces) {
    copyWorkspace(join(checkout, name), join(root, name));
    collect(join(checkout, name), packages);
  }
  for (const name of packages) copyPackage(root, name, workspaces);
  return {
    root,
    node: readableNode(root),
    nops: join(root, 'cli/bin/nops.js'),
    agentRegister: join(root, 'agent/dist/register.js'),
  };
}

/** From test/dist/support/ as from test/support/. */
const here = fileURLToPath(import.meta.url);
const checkout = here.slice(0, here.lastIndexOf('/test/'));

function copyWorkspace(from: string, to: string): void {
  for (const part of ['package.json', 'bin', 'dist', 'bundle', 'blocked-read/certs']) {
    if (existsSync(join(from, part))) cpSync(join(from, part), join(to, part), { recursive: true });
  }
}

/** The names in node_modules that the package in `folder` needs, and what those need. */
function collect(folder: string, found: Set<string>): void {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const own = join(folder, 'node_modules', name);
    if (existsSync(own)) collect(own, found);
    else if (!found.has(name)) {
      found.add(name);
      collect(join(checkout, 'node_modules', name), found);
    }
  }
}

/** Workspaces are links in node_modules, to what was copied already. */
function copyPackage(root: string, name: string, workspaces: string[]): void {
  const to = join(root, 'node_modules', name);
  mkdirSync(dirname(to), { recursive: true });
  const workspace = workspaces.find(known => name === `@nops/${known}`);
  if (workspace === undefined) cpSync(join(checkout, 'node_modules', name), to, { recursive: true });
  else symlinkSync(join(root, workspace), to);
}

function readableNode(root: string): string {
  if (needsRoot !== false) return process.execPath;
  const user = { uid: nobody, gid: nobody, cwd: '/' };
  if (spawnSync(process.execPath, ['--version'], user).status === 0) return process.execPath;
  const copy = join(root, 'node');
  copyFileSync(process.execPath, copy);
  chmodSync(copy, 0o755);
  if (spawnSync(copy, ['--version'], user).status !== 0) throw new Error(`uid ${nobody} can't run ${process.execPath}`);
  return copy;
}

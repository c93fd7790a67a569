/** The checkout that the tests were compiled in, and running its scripts. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** From test/dist/repository/. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

export function readRoot(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** A temporary folder with these files (path → text), removed after the test. */
export function makeTree(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'nops-repository-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

/** Runs node with `args` in `cwd`; `output` is stdout and stderr. */
export function runNode(
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): { code: number | null; stdout: string; output: string } {
  // A runner that finds this variable takes itself for a test process of ours.
  const { NODE_TEST_CONTEXT: _, ...env } = { ...process.env, ...options.env };
  const result = spawnSync(process.execPath, args, {
    cwd: options.cwd ?? root,
    env,
    encoding: 'utf8',
    timeout: 100_000,
  });
  return { code: result.status, stdout: result.stdout, output: result.stdout + result.stderr };
}

/** Runs `nops run` with real commands, and keeps all that it says. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import type { RunResult } from '@nops/core/protocol/run-results';
import { folder, nopsPath } from './helpers.js';

export const busy =
  'function busyWork() { const end = Date.now() + 20; while (Date.now() < end); }\nsetInterval(busyWork, 30);';
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

export interface Run {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  result: RunResult;
  out: string;
}

/** A folder with a space in its name, and a working directory that is another. */
export function script(name: string, code: string): string {
  const at = join(folder, 'some app');
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, name), code);
  return join(at, name);
}

/** Runs `nops run`; `meanwhile` gets what was printed so far, and nops's pid. */
export async function runCommand(
  command: string[],
  options: string[] = ['--cpu'],
  meanwhile: (printed: () => string, pid: number) => Promise<void> = async () => {},
): Promise<Run> {
  const out = mkdtempSync(join(folder, 'out '));
  const json = join(out, 'result.json');
  const args = [nopsPath, 'run', ...options, '-o', out, '--json-file', json, '--', ...command];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', NOPS_DIR: folder },
  });
  children.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', chunk => (stdout += chunk));
  child.stderr.on('data', chunk => (stderr += chunk));
  const ended = new Promise<[number | null, string | null]>(resolve =>
    child.on('close', (code, signal) => resolve([code, signal])),
  );
  await meanwhile(() => stdout, child.pid ?? 0);
  const [code, signal] = await ended;
  const result = JSON.parse(readFileSync(json, 'utf8')) as RunResult;
  return { code, signal, stdout, stderr, result, out };
}

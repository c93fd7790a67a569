/** Runs the real `nops` and real processes for it to look at. Each test file has a state folder of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** From test/dist/cli/ as from test/cli/: the folder that holds cli/. */
function findRoot(): string {
  const here = fileURLToPath(import.meta.url);
  return here.slice(0, here.lastIndexOf('/test/'));
}

export const nopsPath = join(findRoot(), 'cli/bin/nops.js');

export const folder = mkdtempSync(join(tmpdir(), 'nops-test-'));
const children = new Set<ChildProcess>();

after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The exit code as a shell has it: nops ends of a signal itself, or says which one ended it. */
export function asShell(code: number | null, signal: NodeJS.Signals | null): number | null {
  return signal === null ? code : 128 + constants.signals[signal];
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Far more than anything takes: the machine may have two cores and much else to do. */
const deadlineMs = 90_000;

/** Runs `nops` to its end. */
export function nops(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return run(process.execPath, [nopsPath, ...args], env);
}

/** Runs a program to its end; kills it at a deadline, and its code is null then. */
export function run(
  program: string,
  args: string[],
  env: Record<string, string> = {},
  user: { uid?: number; gid?: number } = {},
): Promise<Ended> {
  const { NOPS_TOKEN: _token, FORCE_COLOR: _color, ...inherited } = process.env;
  const child = spawn(program, args, {
    env: { ...inherited, NOPS_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
    cwd: user.uid === undefined ? folder : '/',
    ...user,
  });
  const ended = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({ code, ...ended }));
  });
}

/** Starts a process that lives until the tests end; the pid is known at once. */
export function start(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): { pid: number; child: ChildProcess } {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: folder, env });
  children.add(child);
  if (child.pid === undefined) throw new Error(`${program} did not start`);
  return { pid: child.pid, child };
}

/** Starts a node process and waits for the line that its script writes when it is ready. */
export async function startNode(args: string[], env?: NodeJS.ProcessEnv): Promise<{ pid: number; line: string }> {
  const { pid, child } = start(process.execPath, args, env);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await until('the fixture to be ready', () => text.includes('\n'));
  return { pid, line: text.trim() };
}

const register = join(findRoot(), 'agent/dist/register.js');

/** Starts code that carries the agent and prints a line; resolves when both are ready. */
export async function startWithAgent(
  code: string,
  env: Record<string, string> = {},
): Promise<{ pid: number; line: string }> {
  const variables = { ...process.env, NODE_OPTIONS: '', NOPS_DIR: folder, ...env };
  const started = await startNode(['--import', register, '-e', code], variables);
  await until('the agent to announce itself', () =>
    readdirSync(folder).some(name => name.startsWith(`nops-${started.pid}-`) && name.endsWith('.json')),
  );
  return started;
}

/** Polls `probe` until it gives something, or fails after a deadline. */
export async function until<T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  const endMs = Date.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value) return value as NonNullable<T>;
    if (Date.now() > endMs) throw new Error(`waited in vain for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

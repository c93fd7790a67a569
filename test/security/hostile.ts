/** What tests of hostile processes share: a genuine agent's answers, processes that answer otherwise, and what nops makes of them. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { endpoints } from '@nops/core/protocol/endpoints';
import { nopsPath } from '../cli/helpers.js';
import { startTarget, until } from '../support/target.js';

const attackers = new URL('../../security/attackers/', import.meta.url).pathname;

/** Some make a large answer first. */
const readyMs = 60_000;

/** A server with a client of its own, so that every answer has something in it. */
const app = `import http from 'node:http';
  const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
  const server = http.createServer((request, response) => setTimeout(() => response.end('ok'), 5));
  async function waits() { for (;;) await new Promise(done => http.get({ port: server.address().port, agent }, r => r.resume().on('end', done))); }
  server.listen(0, '127.0.0.1', () => { waits(); waits(); waits(); setInterval(() => { for (let i = 0; i < 1e6; i++) Math.sqrt(i); }, 20); });`;

const posted: Partial<Record<string, { query?: string; body: string }>> = {
  set: { body: JSON.stringify({ changes: [{ name: 'http-1.maxSockets', value: 3 }] }) },
  setgc: { query: '?seconds=1', body: '{"growingPercent":50}' },
  gc: { body: '' },
  stopProfile: { query: '?id=none', body: '' },
  detach: { query: '?force=1', body: '' },
};

const timed = /profile$|heap$|allocs$|trace$|block$|stats$|pools$|setgc$/;

/** What a genuine agent answers to everything that can be asked, in a file for attackers/fake-agent.mjs. */
export async function genuineAnswers(t: TestContext): Promise<string> {
  const target = await startTarget(t, app);
  const answers: Record<string, { base64: string; type: string }> = {};
  const names = Object.keys(endpoints).filter(name => !/custom|endRun|lease|detach|symbol|index/.test(name));
  for (const name of [...names, 'detach']) {
    const { method, path } = endpoints[name as keyof typeof endpoints];
    const post = posted[name];
    const query = post?.query ?? (timed.test(path) ? '?seconds=1' : '');
    const { status, headers, body } = await target.ask(
      `${path}${query}`,
      post === undefined ? {} : { body: post.body },
    );
    if (status !== 200) continue;
    answers[`${method} ${path}`] = { base64: body.toString('base64'), type: headers['content-type'] ?? '' };
  }
  const file = join(temporary(t), 'answers.json');
  writeFileSync(file, JSON.stringify(answers));
  return file;
}

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nops-hostile-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Hostile {
  pid: number;
  child: ChildProcess;
  /** NOPS_DIR of it and of who is to meet it. */
  folder: string;
}

/** The names of all ways to answer. */
export function fakeAgentWays(): string[] {
  const listed = execFileSync(process.execPath, [join(attackers, 'fake-agent.mjs')], { encoding: 'utf8' });
  return JSON.parse(listed) as string[];
}

/** A process whose agent answers in this way; see attackers/fake-agent.mjs. */
export async function startFakeAgent(t: TestContext, way: string, answers: string): Promise<Hostile> {
  const folder = join(temporary(t), 'run');
  return startAttacker(t, 'fake-agent.mjs', [way, answers], { NOPS_DIR: folder }, folder);
}

/** Resolves when it says `ready`. */
export async function startAttacker(
  t: TestContext,
  file: string,
  args: string[],
  env: Record<string, string>,
  folder: string,
): Promise<Hostile> {
  const child = spawn(process.execPath, [join(attackers, file), ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', chunk => (output += chunk));
  await until(
    () => /^ready/m.test(output) || undefined,
    () => `${file} to be ready; ${output}`,
    readyMs,
  );
  return { pid: child.pid ?? 0, child, folder };
}

export interface Met {
  /** null: it was killed at the deadline. */
  code: number | null;
  stdout: string;
  stderr: string;
  tookMs: number;
  /** The most memory that it had, in bytes; 0 when it could not say so. */
  peakBytes: number;
}

/** Runs nops against a hostile process, kills it after `deadlineMs`, and looks at what it took. */
export async function meet(
  t: TestContext,
  { folder }: { folder: string },
  args: string[],
  deadlineMs: number,
): Promise<Met> {
  const own = temporary(t);
  const peakFile = join(own, 'peak');
  const began = performance.now();
  const { NOPS_TOKEN: _token, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    ['--require', join(attackers, 'peak.cjs'), process.env['NOPS_UNDER_TEST'] ?? nopsPath, ...args],
    {
      env: { ...inherited, NOPS_DIR: folder, NOPS_ATTACH: '0', PEAK_FILE: peakFile, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: own,
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => (stdout += chunk));
  child.stderr.on('data', chunk => (stderr += chunk));
  const code = await new Promise<number | null>(resolve => child.on('close', resolve));
  const peakBytes = code === null ? 0 : Number(readFileSync(peakFile, 'utf8')) * 1024;
  return { code, stdout, stderr, tookMs: performance.now() - began, peakBytes };
}

/** `work` on all, some at a time. */
export async function inParallel<One>(
  all: readonly One[],
  atOnce: number,
  work: (one: One) => Promise<void>,
): Promise<void> {
  const left = [...all];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
    }),
  );
}

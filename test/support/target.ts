/** A real Node process with the agent in it, and HTTP to its socket. */

import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** The agent's built entries, by path: a target stands for any app, anywhere. */
export const agentEntry = new URL('../../../agent/dist/index.js', import.meta.url).pathname;
export const agentRegister = new URL('../../../agent/dist/register.js', import.meta.url).pathname;

/**
 * V8's CPU profiler sometimes gives the time of a loop that was optimized while it ran (on-stack replacement) to its caller; a test
 * that looks for the looping function runs without that.
 */
export const wellProfiled = ['--no-use-osr'] as const;

/** Anything that is waited for comes sooner, on however busy a machine. */
const patienceMs = 20_000;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
  // The shape is the endpoint's; tests read what they check.
  json: () => Record<string, never>;
}

export interface Target {
  child: ChildProcess;
  pid: number;
  /** NOPS_DIR of the target, its own. */
  folder: string;
  /** What the target has printed so far. */
  output: () => { stdout: string; stderr: string };
  /** Waits for a line on standard output that starts with `word`; the rest of the line. */
  said: (word: string) => Promise<string>;
  /** Waits until standard error matches. */
  warned: (pattern: RegExp) => Promise<void>;
  ask: (path: string, options?: RequestOptions & { body?: string }) => Promise<Answer>;
  socketPath: () => string;
  exited: Promise<number | string | null>;
}

export interface TargetOptions {
  /** Default: --import of the agent's register. */
  execArgv?: string[];
  env?: Record<string, string>;
  uid?: number;
  /** Ending of the script's file: `mjs` (default) or `cjs`. */
  type?: 'mjs' | 'cjs';
  /** Do not wait for the socket. */
  noSocket?: boolean;
  /** Other commands to start node with, such as `unshare`. */
  prefix?: string[];
  node?: string;
}

/** Starts `code` as a script of its own; it is killed and its folder removed when the test ends. */
export async function startTarget(t: TestContext, code: string, options: TargetOptions = {}): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'nops-test-'));
  const script = join(folder, `app.${options.type ?? 'mjs'}`);
  writeFileSync(script, code);
  // Another user must be able to read the script and to make its own folder beside it.
  if (options.uid !== undefined) chownSync(folder, options.uid, options.uid);
  const nopsDir = join(folder, 'run');
  const [command = '', ...args] = [
    ...(options.prefix ?? []),
    options.node ?? process.execPath,
    ...(options.execArgv ?? ['--import', agentRegister]),
    script,
  ];
  const child = spawn(command, args, {
    env: { ...process.env, NOPS_DIR: nopsDir, NODE_OPTIONS: '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => {
    stdout += chunk;
  });
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  const exited = new Promise<number | string | null>(resolve =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  );
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  const socketPath = () => {
    const name = readdirSync(nopsDir).find(file => file.endsWith('.sock'));
    if (name === undefined) throw new Error('no socket');
    return join(nopsDir, name);
  };
  const target: Target = {
    child,
    pid: child.pid ?? 0,
    folder: nopsDir,
    output: () => ({ stdout, stderr }),
    said: word =>
      until(
        () => lineAfter(stdout, word),
        () => `${word}; ${stdout}${stderr}`,
      ),
    warned: async pattern => {
      await until(
        () => pattern.test(stderr) || undefined,
        () => `${pattern} in ${JSON.stringify(stderr)}`,
      );
    },
    ask: (path, asked) => ask({ socketPath: socketPath(), ...asked, path }),
    socketPath,
    exited,
  };
  if (options.noSocket !== true) {
    await until(
      () => readdirOrEmpty(nopsDir).some(file => file.endsWith('.json')) || undefined,
      () => `the agent's announcement; ${stderr}`,
    );
  }
  return target;
}

/** Polls until `look` gives something. */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  what: () => string,
  waitMs = patienceMs,
): Promise<T> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${waitMs} ms for ${what()}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** One HTTP request; never rejects for a status. */
export function ask(options: RequestOptions & { body?: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, headers, ...rest } = options;
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request(
      { method, agent: false, timeout: patienceMs * 2, ...rest, headers: { host: 'localhost', ...headers } },
      response => {
        const chunks: Buffer[] = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const all = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: all,
            text: all.toString(),
            json: () => JSON.parse(all.toString()),
          });
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(body);
  });
}

function lineAfter(text: string, word: string): string | undefined {
  const line = text
    .split('\n')
    .slice(0, -1)
    .find(l => l === word || l.startsWith(`${word} `));
  return line?.slice(word.length + 1);
}

function readdirOrEmpty(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Runs nops and tells what it took: against processes and files that want it to hang, or to take all the memory. */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { nopsPath } from '../cli/helpers.js';

const folder = mkdtempSync(join(tmpdir(), 'nops-measured-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What a command may take, on whatever it is set. */
export const mostMegabytes = 300;

/** It never takes so long on a process or file as others are, on however busy a machine. */
const deadlineMs = 60_000;

const preload = join(folder, 'preload.cjs');
writeFileSync(
  preload,
  `process.on('exit', () => require('node:fs').writeFileSync(process.env.MOST_MEMORY_TO, String(process.resourceUsage().maxRSS)));`,
);

export interface Measured {
  /** null: it was killed at the deadline. */
  code: number | null;
  stdout: string;
  stderr: string;
  megabytes: number;
  ms: number;
}

let runs = 0;

/** `cacheHome`: where it keeps what it knows of executables; of its own when absent. */
export function measuredNops(args: string[], cacheHome = folder): Promise<Measured> {
  const memory = join(folder, `memory-${++runs}`);
  const began = performance.now();
  const child = spawn(process.execPath, ['--require', preload, nopsPath, ...args], {
    env: { ...process.env, NOPS_DIR: join(folder, 'run'), XDG_CACHE_HOME: cacheHome, MOST_MEMORY_TO: memory },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  });
  const ended = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => {
      const megabytes = code === null ? Number.NaN : Number(readFileSync(memory, 'utf8')) / 1024;
      resolve({ code, ...ended, megabytes, ms: performance.now() - began });
    });
  });
}

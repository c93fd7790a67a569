/**
 * A program whose worker threads end all the time, in all three ways, at moments of their own; and rounds of commands against it. Whatever
 * nops does to it, it must live.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentRegister } from './target.js';

const nopsPath = new URL('../../../cli/bin/nops.js', import.meta.url).pathname;

/** Three of each way at a time, each followed by the next 50 ms after it ended: some 40 a second on an idle machine. */
const app = `const { Worker } = require('node:worker_threads');
const busy = ms => 'for (const end = Date.now() + ' + ms + '; Date.now() < end; );';
const ways = {
  exit: ms => [busy(ms) + 'process.exit(3)'],
  terminate: ms => ['setInterval(() => {' + busy(5) + '}, 10); require("node:worker_threads").parentPort.postMessage(0)', ms],
  throw: ms => ['setTimeout(() => { throw new Error("on purpose") }, ' + ms + ')'],
};
const ended = { exit: 0, terminate: 0, throw: 0 };
function again(way) {
  const [code, terminateMs] = ways[way](Math.floor(Math.random() * 60));
  const worker = new Worker(code, { eval: true, execArgv: [], stdout: true, stderr: true, name: way });
  // Not before its own code runs: Node 20 aborts by itself when it is terminated while it loads that (CompileFunctionForCJSLoader).
  if (terminateMs !== undefined) worker.on('message', () => setTimeout(() => worker.terminate(), terminateMs));
  worker.on('error', () => {});
  worker.on('exit', () => { ended[way]++; setTimeout(again, 50, way); });
}
for (const way of Object.keys(ways)) for (let i = 0; i < 3; i++) again(way);
setInterval(() => console.log(JSON.stringify(ended)), 200);
`;

/** Ends by itself when a command does not: a machine with little time takes long. */
const commandMs = 120_000;

export interface Churn {
  pid: number;
  isAlive(): boolean;
  /** Workers that have ended, by way. */
  ended(): Record<string, number>;
  /** What the process ended with, and the last that it wrote to stderr; undefined while it lives. */
  outcome(): string | undefined;
  close(): void;
}

/** With `agent`, it has one from the start. Resolves when workers have ended in each way. */
export async function startChurn(node: string, agent: boolean): Promise<{ churn: Churn; run: Run }> {
  const folder = mkdtempSync(join(tmpdir(), 'nops-churn-'));
  const script = join(folder, 'churn.cjs');
  writeFileSync(script, app);
  const env = { ...process.env, NODE_OPTIONS: '', NOPS_DIR: join(folder, 'run') };
  mkdirSync(env.NOPS_DIR, { mode: 0o700 });
  const args = [...(agent ? ['--import', agentRegister] : ['--inspect-port=0']), script];
  const child = spawn(node, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complained = '';
  child.stdout.on('data', chunk => {
    said = `${said}${chunk}`.slice(-1000);
  });
  child.stderr.on('data', chunk => {
    complained = `${complained}${chunk}`.slice(-8000);
  });
  const ended = (): Record<string, number> => JSON.parse(said.trimEnd().split('\n').at(-1) || '{}');
  const churn: Churn = {
    pid: child.pid ?? 0,
    isAlive: () => lives(child),
    ended,
    outcome: () => (lives(child) ? undefined : `${child.signalCode ?? child.exitCode}: ${complained}`),
    close() {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  while (lives(child) && Object.values(ended()).filter(count => count > 0).length < 3) await pause(100);
  return { churn, run: args => runNops(args, folder, env) };
}

export type Run = (args: readonly string[]) => Promise<{ code: number | null; output: string }>;

/** What came of a command: `late` on a machine with too little time. */
export type Outcome = { command: string; end: 'answered' | 'late' } | { command: string; end: 'failed'; why: string };

/** nops's exit code for what did not answer in time. */
const lateCode = 5;

/** Its commands, each as it is typed; those that take seconds together. With `attaches` between an attach and a detach. */
export async function runRound(pid: number, run: Run, attaches: boolean): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const one = async (command: string, ...args: string[]) => {
    const { code, output } = await run([command, String(pid), ...args]);
    const why = `${code}: ${output.trim().split('\n').slice(0, 2).join(' ')}`;
    if (code === 0 || code === lateCode) outcomes.push({ command, end: code === 0 ? 'answered' : 'late' });
    else outcomes.push({ command, end: 'failed', why });
  };
  if (attaches) await one('attach');
  await Promise.all([
    one('cpu', '-s', '3', '-o', `${pid}.cpu.pb.gz`),
    // V8 has one heap sampler.
    one('heap', '-o', `${pid}.heap.pb.gz`).then(() => one('allocs', '-s', '1', '-o', `${pid}.allocs.pb.gz`)),
    one('trace', '-s', '2', '-o', `${pid}.trace.json.gz`),
  ]);
  await one('stack');
  await one('stats');
  if (attaches) await one('detach');
  return outcomes;
}

function runNops(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [nopsPath, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output = `${output}${chunk}`.slice(-4000);
    });
  }
  const deadline = setTimeout(() => child.kill('SIGKILL'), commandMs);
  return new Promise(resolve =>
    child.once('close', code => {
      clearTimeout(deadline);
      resolve({ code, output });
    }),
  );
}

function lives({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

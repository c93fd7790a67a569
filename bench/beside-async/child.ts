/** Starts a target and talks to it. */

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export function startTarget(args: string[]): ChildProcess {
  return fork(new URL('./target.js', import.meta.url), args, { execArgv: ['--max-old-space-size=8000'] });
}

/** The next message, after `asked` was sent when it is given. */
export async function answer<T>(child: ChildProcess, asked?: string): Promise<T> {
  const told = once(child, 'message');
  if (asked !== undefined) child.send(asked);
  const [message] = (await told) as [T];
  return message;
}

export async function end(child: ChildProcess): Promise<void> {
  child.disconnect();
  await once(child, 'exit');
}

/** A process that computes for so long, and is of no concern to anybody. */
export async function compute(ms: number): Promise<void> {
  // As long by its own CPU time, at the priority that nops gives itself.
  const code = `require('os').setPriority(19); for (; process.cpuUsage().user < ${ms * 1000}; );`;
  await once(spawn(process.execPath, ['-e', code], { stdio: 'ignore' }), 'close');
}

const nops = fileURLToPath(new URL('../../../cli/bin/nops.js', import.meta.url));
/** Runs nops and then tells on standard error what its process has used. */
const wrapped = `process.argv.splice(1, 1);
process.on('exit', () => { const u = process.resourceUsage(); process.stderr.write('\\nused ' + JSON.stringify({ cpuMicros: u.userCPUTime + u.systemCPUTime, maxRss: u.maxRSS }) + '\\n'); });
import(process.argv[1]);`;

export interface Used {
  stdout: string;
  cpuMs: number;
  peakRssBytes: number;
}

/** `nops` as a process of its own, with what it used. */
export async function runNops(args: string[]): Promise<Used> {
  const child = spawn(process.execPath, ['-e', wrapped, 'x', nops, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number];
  const used = /^used (.*)$/m.exec(stderr)?.[1];
  if (code !== 0 || used === undefined) throw new Error(`nops ended with ${code}: ${stderr}`);
  const { cpuMicros, maxRss } = JSON.parse(used) as { cpuMicros: number; maxRss: number };
  return { stdout, cpuMs: cpuMicros / 1000, peakRssBytes: maxRss * 1024 };
}

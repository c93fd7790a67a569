/** Runs the real command line and reads its own JSON beside the text that it prints. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const nopsBin = fileURLToPath(new URL('../../../../cli/bin/nops.js', import.meta.url));
const deadlineMs = 60_000;
/** The walk-through shows the beginning of long outputs: the rest is for those who run the command themselves. */
const shownLines = 24;

export interface Run {
  /** As a person would type it. */
  command: string;
  /** What the command wrote with --json-file; undefined when it failed. */
  json: Record<string, unknown> | undefined;
  exitCode: number | null;
}

const running = new Set<ChildProcess>();

/** Ends what runs now: the walk-through itself is being ended. */
export function stopCommands(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** `show` prints what the command prints; `folder` takes its JSON. */
export async function nops(args: string[], folder: string, show: (text: string) => void): Promise<Run> {
  const file = join(folder, 'result.json');
  rmSync(file, { force: true });
  const { output, exitCode } = await capture([...args, '--json-file', file]);
  const command = ['nops', ...args].join(' ');
  const lines = output.trimEnd().split('\n');
  show(`$ ${command}`);
  show(lines.slice(0, shownLines).join('\n'));
  if (lines.length > shownLines) show(`… ${lines.length - shownLines} more lines`);
  show('');
  return {
    command,
    exitCode,
    json: exitCode === 0 ? (JSON.parse(readFileSync(file, 'utf8')) as Run['json']) : undefined,
  };
}

function capture(args: string[]): Promise<{ output: string; exitCode: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [nopsBin, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadlineMs,
    });
    running.add(child);
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', exitCode => {
      running.delete(child);
      resolve({ output, exitCode });
    });
  });
}

/** A `nops` that records a process, in the middle of it. */

import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { nopsPath } from '../cli/helpers.js';
import type { Target } from './target.js';
import { temporaryFolder } from './temporary-folder.js';
import { connectionStays } from './unix-connections.js';

export interface UnderWay {
  child: ChildProcess;
  /** Where `file` goes to. */
  folder: string;
  /** Exit code and signal. */
  ended: Promise<unknown[]>;
  output(): string;
}

/** `nops <command> -s 30 -o <file>` in a folder of its own, once it records. */
export async function recordingUnderWay(
  t: TestContext,
  target: Target,
  command: string,
  file: string,
): Promise<UnderWay> {
  const folder = temporaryFolder(t);
  const child = spawn(process.execPath, [nopsPath, command, String(target.pid), '-s', '30', '-o', file], {
    cwd: folder,
    env: { ...process.env, NOPS_DIR: target.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk));
  const ended = new Promise<unknown[]>(resolve => child.once('close', (...how) => resolve(how)));
  // Its first question is answered at once; the connection that stays is the recording's.
  await connectionStays(target.socketPath(), () => output);
  return { child, folder, ended, output: () => output };
}

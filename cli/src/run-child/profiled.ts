/** Runs a command whose Node processes all profile themselves, and keeps what they leave. */

import { accessSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NopsError } from '@nops/core/protocol/errors';
import type { RunResult } from '@nops/core/protocol/run-results';
import type { Context } from '../context.js';
import { packageFolder } from '../package-folder.js';
import { Collector } from './collect.js';
import { endThroughAgents } from './end-through-agents.js';
import { folderName, sweepLeftFolders } from './left-folders.js';
import type { PreloadSettings } from './settings.js';
import { runToEnd } from './spawn.js';

const takeMs = 2000;

export type Wanted = Pick<PreloadSettings, 'cpu' | 'heap' | 'trace' | 'hz'>;

/** Throws `usage` when the command can't be started, or nothing can be written to `folder`. */
export async function runProfiled(
  context: Context,
  command: string[],
  folder: string,
  wanted: Wanted,
): Promise<RunResult> {
  checkFolder(folder);
  sweepLeftFolders();
  const left = mkdtempSync(join(tmpdir(), folderName(process.pid)));
  try {
    const collector = new Collector(left);
    const agent = fileURLToPath(new URL('agent/attach.js', packageFolder));
    const settings: PreloadSettings = { folder: left, agent, pid: process.pid, ...wanted };
    const timer = setInterval(() => collector.take(), takeMs);
    const ended = await runToEnd(context, command, environment(settings), (signal, pid) =>
      endThroughAgents(left, signal, pid),
    ).finally(() => clearInterval(timer));
    return { schema: 'nops.run/1', command, ...ended, ...collector.write(folder) };
  } finally {
    rmSync(left, { recursive: true, force: true });
  }
}

/** NODE_OPTIONS reaches children too: npm start, tsx, forks. A path with spaces or quotes is quoted (doc/api/cli.md). */
function environment(settings: PreloadSettings): NodeJS.ProcessEnv {
  const preload = fileURLToPath(new URL('bundle/preload.cjs', packageFolder)).replace(/["\\]/g, '\\$&');
  const options = [process.env['NODE_OPTIONS'], `--require "${preload}"`].filter(Boolean).join(' ');
  return { ...process.env, NODE_OPTIONS: options, NOPS_RUN: JSON.stringify(settings) };
}

function checkFolder(folder: string): void {
  try {
    if (!statSync(folder).isDirectory()) throw new Error('it is no folder');
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NopsError('usage', `can't write to ${folder}: ${why}`, 'Name a folder that is there: -o <folder>');
  }
}

/** Runs a command under an installed `clinic`, so that it does what it is asked for also where there is no terminal. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { NopsError } from '@nops/core/protocol/errors';
import type { RunProfile, RunResult } from '@nops/core/protocol/run-results';
import type { Context } from '../context.js';
import { searchPath } from '../env.js';
import { runToEnd } from './spawn.js';

export const clinicTools = ['doctor', 'flame', 'bubbleprof', 'heapprofiler'] as const;

export function checkTool(name: string): (typeof clinicTools)[number] {
  const tool = clinicTools.find(known => known === name);
  if (tool !== undefined) return tool;
  throw new NopsError('usage', `clinic has no tool ${name}`, `One of ${clinicTools.join(', ')}.`);
}

/** Throws `impossible` when there is none, or it leaves no result. */
export async function runClinic(context: Context, tool: string, command: string[], folder: string): Promise<RunResult> {
  const clinic = findClinic(process.env);
  if (clinic === undefined) {
    throw new NopsError(
      'impossible',
      'clinic is not installed',
      'npm install --save-dev clinic   (version 13 is known to work)',
    );
  }
  const dest = resolve(folder, '.clinic');
  const before = new Set(reports(dest));
  // Without a terminal, clinic 13 asks whether it may send statistics, gets no answer, and ends with code 0, having done nothing.
  const env = { ...process.env, NO_INSIGHT: '1', NO_UPDATE_NOTIFIER: '1' };
  const ended = await runToEnd(context, [clinic, tool, '--open=false', `--dest=${dest}`, '--', ...command], env);
  const profiles = reports(dest)
    .filter(file => !before.has(file))
    .map(
      (file): RunProfile => ({
        pid: Number.parseInt(file, 10),
        kind: 'clinic',
        file: join(dest, file),
        complete: true,
      }),
    );
  if (profiles.length > 0) return { schema: 'nops.run/1', command, ...ended, profiles, notes: [] };
  throw new NopsError(
    'impossible',
    `clinic ${tool} ended with ${ended.signal ?? `code ${ended.exitCode}`} and left no result in ${dest}`,
    `Run it by hand: ${clinic} ${tool} -- ${command.join(' ')}`,
  );
}

function reports(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.html')) : [];
}

/** That of the project before that of the machine. */
function findClinic(variables: NodeJS.ProcessEnv): string | undefined {
  const folders: string[] = [];
  for (let at = process.cwd(); ; at = dirname(at)) {
    folders.push(join(at, 'node_modules', '.bin'));
    if (at === dirname(at)) break;
  }
  folders.push(...searchPath(variables).split(delimiter));
  return folders
    .map(folder => join(folder, 'clinic'))
    .find(file => statSync(file, { throwIfNoEntry: false })?.isFile());
}

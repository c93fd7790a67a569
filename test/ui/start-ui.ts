/** The real `nops ui`, started and ended by the test. */

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { encodeProfile } from '@nops/core/profile/encode';
import { nopsPath } from '../cli/helpers.js';
import { until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';

export interface Ui {
  child: ChildProcess;
  /** As printed, with its token. */
  url: string;
  origin: string;
  port: number;
  token: string;
  exited: Promise<number | string | null>;
  /** What it has printed so far. */
  stdout(): string;
}

/** Starts `nops ui` with `args` and waits for the address that it prints. */
export function startUi(t: TestContext, args: string[], env: Record<string, string> = {}): Promise<Ui> {
  return startServing(t, ['ui', ...args], env);
}

/** Starts a command that serves a page, and waits for the address that it prints. */
export async function startServing(
  t: TestContext,
  args: string[],
  env: Record<string, string> = {},
  nops = nopsPath,
): Promise<Ui> {
  // What is recorded is kept in a folder of the test's own.
  const XDG_STATE_HOME = temporaryFolder(t);
  const child = spawn(process.execPath, [nops, ...args], {
    env: { ...process.env, FORCE_COLOR: '0', XDG_STATE_HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  const exited = new Promise<number | string | null>(resolve =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  );
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const url = await until(
    () => /http:\S+[\w-]{43}/.exec(text)?.[0],
    () => `the address that nops ${args[0]} serves at; ${text}${errors}`,
  );
  const { origin, port, hash } = new URL(url);
  return { child, url, origin, port: Number(port), token: hash.slice('#token='.length), exited, stdout: () => text };
}

/** Writes a gzipped CPU profile of these stacks, given from the root, and milliseconds; its path. All its functions are in `source`. */
export function writeProfile(
  folder: string,
  stacks: [stack: string[], millis: number][],
  source = '/srv/app.js',
): string {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'wall', unit: 'nanoseconds' },
    ],
    defaultSampleType: 'wall',
    periodType: { type: 'wall', unit: 'nanoseconds' },
    period: 1e6,
    timeNanos: 0n,
    durationNanos: 1e9,
    comments: ['a comment'],
  });
  for (const [stack, millis] of stacks) {
    const locations = stack.map(name => {
      const functionId = builder.functionId(name, source, 7);
      return builder.locationId([{ functionId, line: 7, column: 1 }]);
    });
    builder.addSample(locations.reverse(), [1, millis * 1e6]);
  }
  const file = join(folder, 'profile.pb.gz');
  writeFileSync(file, gzipSync(encodeProfile(builder.build())));
  return file;
}

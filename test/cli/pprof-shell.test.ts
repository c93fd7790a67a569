/** The shell of `nops pprof` on a real terminal (a pseudo terminal that `script` makes): prompts, completion, history, Ctrl-C and Ctrl-D. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nops, nopsPath, until } from './helpers.js';

const skip = spawnSync('script', ['--version']).status === 0 ? false : 'needs script (util-linux)';
const cpu = fileURLToPath(new URL('../../fixtures/pprof/go-cpu-1.pb.gz', import.meta.url));
const ctrl = { c: '\u0003', d: '\u0004' };
const up = '\u001b[A';
/** With what readline sends to put the cursor behind it. */
const prompted = /\(pprof\) \u001b\[9G$/;

interface Shown {
  child: ChildProcess;
  /** Types and waits for what comes of it: everything since. */
  type(keys: string, wanted: RegExp): Promise<string>;
  ended: Promise<number | null>;
}

async function start(t: TestContext): Promise<Shown> {
  const command = `stty cols 200; exec "${process.execPath}" "${nopsPath}" pprof "${cpu}"`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', TZ: 'UTC', SHELL: '/bin/bash' },
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = new Promise<number | null>(resolve => child.once('close', resolve));
  const type = async (keys: string, wanted: RegExp): Promise<string> => {
    const from = text.length;
    child.stdin.write(keys);
    await until(`${wanted} after ${JSON.stringify(keys)}`, () => wanted.test(text.slice(from)));
    return text.slice(from);
  };
  await until('the prompt', () => text.includes('(pprof) '));
  assert.match(text, /Type: cpu\r\n[\s\S]*Entering interactive mode/);
  return { child, type, ended };
}

test('commands, completion of commands and functions, history', { skip }, async t => {
  const { type, ended } = await start(t);
  assert.match(await type('top3\r', prompted), /Showing top 3 nodes out of 84\r\n/);
  assert.match(await type('pee\t', /peek $|peek/), /peek/);
  // The one function with it in its name is written out.
  await type(' sliceEnc\t', /encoding\/json\.sliceEncoder\.encode/);
  assert.match(await type('\r', prompted), /\| {3}encoding\/json\.structEncoder\.encode/);
  assert.match(await type(`${up}${up}`, /top3/), /top3/);
  assert.match(await type('\r', prompted), /Showing top 3 nodes/);
  await type('no\t', /no/);
  assert.match(await type('\t', /noinlines/), /nodecount[\s\S]*nodefraction/);
  await type('quit', /quit/);
  await type(`${ctrl.c}quit\r`, /quit/);
  assert.equal(await ended, 0);
});

test('Ctrl-C gives up the line, and then the shell', { skip }, async t => {
  const { type, ended } = await start(t);
  const shown = await type(`focus=json${ctrl.c}`, /\^C\s*[\s\S]*\(pprof\) /);
  assert.doesNotMatch(shown, /Showing/);
  assert.match(await type('top1\r', prompted), /Showing top 1 nodes out of 84/);
  await type(ctrl.c, /$/);
  assert.equal(await ended, 0);
});

test('Ctrl-D ends it', { skip }, async t => {
  const { type, ended } = await start(t);
  await type(ctrl.d, /$/);
  assert.equal(await ended, 0);
});

test('without a terminal no report means top, as ever', async () => {
  const plain = await nops(['pprof', cpu]);
  assert.equal(plain.code, 0);
  assert.equal(plain.stdout, (await nops(['pprof', '-top', cpu])).stdout);
});

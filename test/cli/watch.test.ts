/** `nops -w`: into a pipe, as JSON lines, and on a real terminal (a pseudo terminal that `script` makes). */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import type { ListResult } from '@nops/core/protocol/results';
import { asShell, folder, nopsPath, startNode, until } from './helpers.js';

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

let pid = 0;
before(async () => {
  pid = (await startNode(['-e', 'setInterval(() => {}, 1000); console.log("ready")'])).pid;
});

interface Watched {
  child: ChildProcess;
  text: () => string;
  ended: Promise<{ code: number | null; stderr: string }>;
}

function watch(program: string, args: string[]): Watched {
  const { FORCE_COLOR: _color, ...env } = process.env;
  const child = spawn(program, args, {
    env: { ...env, NOPS_DIR: folder, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<{ code: number | null; stderr: string }>(resolve =>
    child.on('close', (code, signal) => resolve({ code: asShell(code, signal), stderr })),
  );
  return { child, text: () => stdout, ended };
}

const count = (text: string, part: string): number => text.split(part).length - 1;

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`into a pipe: the table again and again, until ${signal}`, async () => {
    const { child, text, ended } = watch(process.execPath, [nopsPath, '-w']);
    await until('two tables', () => count(text(), ' PID ') >= 2);
    child.kill(signal);
    assert.deepEqual(await ended, { code, stderr: '' });
    assert.doesNotMatch(text(), /\x1b/);
    assert.match(text(), new RegExp(`^ *${pid} `, 'm'));
  });
}

test('--json: a document on each line', async () => {
  const { child, text, ended } = watch(process.execPath, [nopsPath, 'list', '--watch', '--json']);
  await until('two lines', () => count(text(), '\n') >= 2);
  child.kill('SIGTERM');
  assert.equal((await ended).code, 143);
  for (const line of text().trimEnd().split('\n').slice(0, 2)) {
    const { schema, processes } = JSON.parse(line) as ListResult;
    assert.equal(schema, 'nops.list/1');
    assert.equal(typeof processes.find(listed => listed.pid === pid)?.cpuPercent, 'number');
  }
});

function hasScript(): boolean {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs nops on a terminal of its own; `stty` gives it a size. */
function onTerminal(size: string): Watched {
  const command = `stty ${size}; echo "pid $$"; exec '${process.execPath}' '${nopsPath}' -w`;
  return watch('script', ['--quiet', '--return', '--command', command, '/dev/null']);
}

const enter = '\x1b[?1049h';
const leave = '\x1b[?1049l';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`on a terminal: an alternate screen drawn over in place, given back after ${signal}`, {
    skip: hasScript() ? false : 'needs script (util-linux)',
  }, async () => {
    const { text, ended } = onTerminal('cols 100 rows 40');
    await until('two frames', () => count(text(), '\x1b[H') >= 2);
    const own = Number(/pid (\d+)/.exec(text())?.[1]);
    process.kill(own, signal);
    await ended;
    const shown = text();
    assert.equal(count(shown, enter), 1);
    assert.ok(shown.lastIndexOf(leave) > shown.lastIndexOf('\x1b[H'), 'the screen is given back last');
    assert.ok(shown.includes('\x1b[?25h'), 'the cursor too');
    assert.doesNotMatch(shown, /\x1b\[2J/, 'never cleared, so it does not flicker');
    assert.match(shown, new RegExp(`${pid} `));
  });
}

test('Ctrl-C on the terminal ends it, and a small terminal is not overrun', {
  skip: hasScript() ? false : 'needs script (util-linux)',
}, async () => {
  const { child, text, ended } = onTerminal('cols 60 rows 2');
  await until('a frame', () => text().includes('\x1b[H'));
  await until('it to be drawn', () => text().slice(text().indexOf('\x1b[H')).includes('\x1b[J'));
  const frame = text().slice(text().indexOf('\x1b[H')).split('\x1b[J')[0] ?? '';
  assert.ok(frame.split('\r\n').length <= 2, JSON.stringify(frame));
  child.stdin?.write('\x03');
  assert.equal((await ended).code, 130);
  assert.ok(text().includes(leave));
});

test('a terminal that changes its size is drawn to the new one', {
  skip: hasScript() ? false : 'needs script (util-linux)',
}, async () => {
  const { child, text, ended } = onTerminal('cols 200 rows 40');
  await until('a frame', () => text().includes('\x1b[J'));
  const own = Number(/pid (\d+)/.exec(text())?.[1]);
  execFileSync('stty', ['-F', `/proc/${own}/fd/0`, 'rows', '1', 'cols', '60']);
  process.kill(own, 'SIGWINCH');
  await until('a frame of one row', () => /\x1b\[H[^\r\n]*\x1b\[J/.test(text()));
  child.stdin?.write('\x03');
  assert.equal((await ended).code, 130);
});

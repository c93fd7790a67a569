/** The endpoints about memory and garbage collection, on a process that answers and on one that can't. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { agentRegister, startTarget } from '../support/target.js';

const stay = 'setInterval(() => {}, 1000);';
const spin = `setTimeout(() => { console.log('spinning'); for (;;); }, 300);`;

/** The error that an endpoint answered. */
interface Refused {
  error: { code: string; message: string; next?: string };
}

const post = (body: string) => ({ method: 'POST', body });

test('while JavaScript runs in circles memstats answers, and pulse and gc say that the loop does not come round', async t => {
  const target = await startTarget(t, spin);
  await target.said('spinning');
  const memstats = (await target.ask('/debug/nops/memstats')).json();
  assert.equal(memstats['schema'], 'nops.memstats/1');
  assert.ok(memstats['heap'] !== null);
  const gc = await target.ask('/debug/nops/gc', post(''));
  assert.equal(gc.status, 504);
  assert.match((gc.json() as unknown as Refused).error.message, /waiting for its event loop/);
  const pulse = (await target.ask('/debug/nops/pulse')).json();
  assert.deepEqual([pulse['loopDelayMs'], pulse['heap']], [null, null]);
});

test('while the main thread is in a system call, memstats has the kernel’s part and gc says why it can’t', async t => {
  const target = await startTarget(
    t,
    `import { openSync, readSync } from 'node:fs'; import { execFileSync } from 'node:child_process'; import { join } from 'node:path';
    const fifo = join(process.argv[1], '..', 'fifo'); execFileSync('mkfifo', [fifo]); const fd = openSync(fifo, 'r+');
    setTimeout(() => { process.stdout.write('reading\\n', () => readSync(fd, Buffer.alloc(1))); }, 300);`,
  );
  await target.said('reading');
  const memstats = (await target.ask('/debug/nops/memstats')).json();
  assert.equal(memstats['heap'], null);
  assert.ok(Number(memstats['rssBytes']) > 0);
  assert.match(String(memstats['notes']), /in read on fd \d+/);
  const gc = await target.ask('/debug/nops/gc', post(''));
  assert.equal(gc.status, 504);
  assert.match((gc.json() as unknown as Refused).error.message, /in read on fd \d+/);
});

test('what changes something takes POST only', async t => {
  const target = await startTarget(t, stay);
  const gc = await target.ask('/debug/nops/gc');
  assert.deepEqual({ status: gc.status, allow: gc.headers.allow }, { status: 405, allow: 'POST' });
  assert.equal((await target.ask('/debug/nops/setgc', post(''))).status, 400);
});

test('setgc checks its body before it changes anything, and logs what it changed', async t => {
  const target = await startTarget(t, stay);
  for (const body of [
    '',
    '[',
    'null',
    '{}',
    '{"growingPercent":0}',
    '{"growingPercent":"50"}',
    '{"growingPercent":1.5}',
  ]) {
    assert.equal((await target.ask('/debug/nops/setgc', post(body))).status, 400, body);
  }
  const both = await target.ask('/debug/nops/setgc', post('{"growingPercent":50,"snapshotsNearLimit":0}'));
  assert.equal(both.status, 400);
  assert.deepEqual((await target.ask('/debug/nops/setgc')).json()['settings'], {
    growingPercent: null,
    snapshotsNearLimit: null,
  });
  assert.equal((await target.ask('/debug/nops/setgc', post('{"growingPercent":50}'))).status, 200);
  await target.warned(/^nops: setgc growingPercent: auto → 50$/m);
});

test('a heap percentage that the process was started with is known', async t => {
  const target = await startTarget(t, stay, { execArgv: ['--heap-growing-percent=70', '--import', agentRegister] });
  const settings = (await target.ask('/debug/nops/setgc')).json()['settings'] as unknown as { growingPercent: number };
  assert.equal(settings.growingPercent, 70);
});

test('a heap snapshot that was asked for is written before the heap runs out', async t => {
  const code = `import { mkdirSync } from 'node:fs'; import { join } from 'node:path';
    const folder = join(process.argv[1], '..', 'snapshots'); mkdirSync(folder); process.chdir(folder); console.log('folder', folder);
    process.once('SIGUSR2', () => { const all = []; for (;;) all.push({ at: all.length, more: [all.length] }); }); ${stay}`;
  const target = await startTarget(t, code, { execArgv: ['--max-old-space-size=50', '--import', agentRegister] });
  const folder = await target.said('folder');
  assert.equal((await target.ask('/debug/nops/setgc', post('{"snapshotsNearLimit":1}'))).status, 200);
  process.kill(target.pid, 'SIGUSR2');
  assert.equal(await target.exited, 'SIGABRT');
  assert.equal(readdirSync(folder).filter(name => name.endsWith('.heapsnapshot')).length, 1);
});

/** Processes that end while they are read: told as that, never as a bug of ours, and never as another layout. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { explainAmidReading } from '@nops/probe/beside/amid-reading';
import { BadRead } from '@nops/probe/beside/target-memory';
import { unknownLayout } from '@nops/probe/beside/v8/locate';
import { nops } from '../../cli/helpers.js';

const code = (error: unknown) => (error instanceof NopsError ? error.code : undefined);

test('what goes wrong amid the reading of a process that has ended is told as its end; of one that runs, as what it is', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  const pid = child.pid ?? 0;
  await once(child, 'exit');
  const errno = Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
  for (const error of [new BadRead('x'), new RangeError('x'), errno, unknownLayout('no isolate')]) {
    assert.equal(code(explainAmidReading(pid, error)), 'no-target', String(error));
  }
  const bug = new TypeError('x');
  assert.equal(explainAmidReading(pid, bug), bug);
  assert.equal(code(explainAmidReading(process.pid, new BadRead('x'))), 'no-answer');
  assert.equal(code(explainAmidReading(process.pid, unknownLayout('x'))), 'impossible');
  assert.equal(explainAmidReading(process.pid, errno), errno);
});

const app = `const kept = []; for (let i = 0; i < 2e5; i++) kept.push({ i });
async function wait() { await new Promise(() => {}); } for (let i = 0; i < 500; i++) wait();
setInterval(() => {}, 10); console.log('ready');`;

for (const command of [['stack'], ['async'], ['top', '--once', '-s', '1'], ['cpu', '-s', '1', '-o', '/dev/null']]) {
  test(`nops ${command[0]}: a process that ends at any moment of it is gone, exit 3, or had answered`, async t => {
    for (let afterMs = 40; afterMs <= 280; afterMs += 40) {
      const target = spawn(process.execPath, ['--inspect-port=0', '-e', app], { stdio: ['ignore', 'pipe', 'ignore'] });
      t.after(() => target.kill('SIGKILL'));
      await once(target.stdout, 'data');
      const [name = '', ...rest] = command;
      const ended = nops([name, String(target.pid), ...rest]);
      await sleep(afterMs);
      target.kill('SIGKILL');
      const { code: exit, stderr } = await ended;
      assert.ok(exit === 0 || exit === 3, `${exit} after ${afterMs} ms: ${stderr}`);
      if (exit === 3) assert.match(stderr, /next: /);
    }
  });
}

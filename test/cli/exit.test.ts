/** A process that nops looks at from within ends when it wants to, with the code that it wants. bench/exit-delay measures how fast. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { startTarget, until } from '../support/target.js';
import { folder, nops, nopsPath } from './helpers.js';

const code = `const server = require('node:http').createServer().listen(0, () => console.log('ready'));
process.on('SIGUSR2', () => server.close());
process.on('SIGHUP', () => process.exit(7));
process.on('SIGTERM', () => server.close(() => process.exit(3)));`;
const endings = [
  ['SIGUSR2', 0],
  ['SIGHUP', 7],
  ['SIGTERM', 3],
  ['SIGINT', 'SIGINT'],
] as const;

const filesOf = (pid: number) => readdirSync(folder).filter(name => name.startsWith(`nops-${pid}-`));

async function start(t: TestContext, node: string) {
  const execArgv = ['--inspect-port=0'];
  const target = await startTarget(t, code, { node, env: { NOPS_DIR: folder }, execArgv, noSocket: true, type: 'cjs' });
  await target.said('ready');
  return target;
}

for (const version of nodeVersions) {
  const node = nodeBinary(version) ?? '';
  const skip = node === '' ? `Node ${version} is not installed` : false;

  test(`Node ${version}: with an attached agent it ends by itself, by process.exit and by signals`, {
    skip,
  }, async t => {
    await Promise.all(
      endings.map(async ([signal, expected]) => {
        const target = await start(t, node);
        assert.equal((await nops(['attach', String(target.pid)])).code, 0);
        target.child.kill(signal);
        assert.equal(await target.exited, expected);
        // Nobody can clean up after itself that a signal ends.
        if (signal !== 'SIGINT') assert.deepEqual(filesOf(target.pid), []);
      }),
    );
  });

  test(`Node ${version}: while nops cpu measures it ends likewise, and nops says so`, { skip }, async t => {
    await Promise.all(
      endings.map(async ([signal, expected]) => {
        const target = await start(t, node);
        const output = join(folder, `exit-${target.pid}`);
        const command = spawn(process.execPath, [nopsPath, 'cpu', String(target.pid), '-s', '60', '-o', output], {
          env: { ...process.env, NOPS_DIR: folder },
          stdio: 'ignore',
        });
        t.after(() => command.kill('SIGKILL'));
        const ended = new Promise<number | null>(resolve => command.once('exit', resolve));
        await until(
          () => filesOf(target.pid).find(name => name.endsWith('.json')),
          () => 'the agent',
        );
        target.child.kill(signal);
        assert.equal(await target.exited, expected);
        assert.notEqual(await ended, 70, 'no bug');
      }),
    );
  });
}

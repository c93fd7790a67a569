/** An agent is asked only as that of the process that is meant, and what another process answers is never taken for its answer. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { answeredByHeader, meantForHeader } from '@nops/core/protocol/handshake';
import type { InfoResult, TunablesResult } from '@nops/core/protocol/results';
import { readStat } from '@nops/probe/beside/procfs';
import { nops, nopsPath } from '../cli/helpers.js';
import { ask, startTarget, type Target } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { type Hostile, meet, startAttacker } from './hostile.js';

const hangMs = 60_000;
const app = `import { Agent } from 'node:https';
  const agent = new Agent({ keepAlive: true });
  globalThis.agent = agent;
  agent.maxSockets = 7;
  setInterval(() => {}, 1000);`;

type How = 'link' | 'file';

/** A hard link needs the same file system, so the two share a folder. */
async function startSwap(t: TestContext, how: How, when: 'now' | 'later', victim: Target): Promise<Hostile> {
  const args = [how, when, victim.socketPath()];
  return startAttacker(t, 'socket-swap.mjs', args, { NOPS_DIR: victim.folder }, victim.folder);
}

function socketOf({ pid, folder }: Hostile): string {
  const name = readdirSync(folder).find(file => file.startsWith(`nops-${pid}-`) && file.endsWith('.sock'));
  return join(folder, name ?? '');
}

async function isUntouched(victim: Target): Promise<void> {
  const tunables = (await victim.ask('/debug/nops/tunables')).json() as unknown as TunablesResult;
  assert.deepEqual(tunables.log, []);
  assert.ok(existsSync(victim.socketPath().replace(/sock$/, 'json')), 'its agent is still announced');
}

/** What acts, and what only looks. */
const lines: string[][] = [['set', 'http-global.maxSockets=1'], ['detach', '--force'], ['stats', '-s', '1'], ['info']];

/** Who follows the name as it is reaches the victim: the proof that the attack is one. */
async function prove(victim: Target, hostile: Hostile): Promise<void> {
  const path = socketOf(hostile);
  await new Promise(resolve =>
    connect(path)
      .on('error', () => {})
      .once('close', resolve)
      .end(),
  );
  const { pid } = (await ask({ socketPath: path, path: '/debug/nops/info' })).json() as unknown as InfoResult;
  assert.equal(pid, victim.pid);
}

test('a socket whose file is that of another process: exit 4, says who answered, nothing done', async t => {
  const victim = await startTarget(t, app);
  const hostile = await startSwap(t, 'file', 'now', victim);
  await prove(victim, hostile);
  const seen = `process ${victim.pid} \\(start time \\d+\\) answered .* where process ${hostile.pid} \\(start time \\d+\\) was expected$`;
  for (const [command = '', ...rest] of lines) {
    const { code, stdout, stderr } = await meet(t, hostile, [command, String(hostile.pid), ...rest], hangMs);
    assert.deepEqual([command, code, stdout], [command, 4, ''], stderr);
    assert.match(stderr, new RegExp(seen, 'm'));
  }
  await isUntouched(victim);
});

for (const how of ['link', 'file'] as const) {
  test(`a socket whose name leads to another process once somebody has connected (${how}): nothing is done there`, async t => {
    const victim = await startTarget(t, app);
    await prove(victim, await startSwap(t, how, 'later', victim));
    for (const [command = '', ...rest] of lines) {
      const hostile = await startSwap(t, how, 'later', victim);
      // Which comes first, the request or the other name, is chance: then the attacker hangs up. The second time the name leads there for certain,
      // and where it is a link there is no agent. Either way /proc is read where that will do.
      for (const codes of [[4, 5], how === 'file' ? [4] : [6]]) {
        const line = [command, String(hostile.pid), ...rest, '--json'];
        const { code, stdout, stderr } = await meet(t, hostile, line, hangMs);
        if (code === 0) assert.equal((JSON.parse(stdout) as InfoResult).way, 'beside', stdout);
        else assert.ok(codes.includes(code ?? -1), `${line.join(' ')} ended with ${code}: ${stderr}`);
      }
    }
    await isUntouched(victim);
  });
}

test('the library refuses it as the command does', async t => {
  const victim = await startTarget(t, app);
  const hostile = await startSwap(t, 'file', 'now', victim);
  const { attach } = createRequire(import.meta.url)(
    join(nopsPath, '../../bundle/library.cjs'),
  ) as typeof import('nops/dist/library/index.js');
  const { NOPS_DIR: before } = process.env;
  process.env['NOPS_DIR'] = victim.folder;
  const target = await attach(hostile.pid, { inject: false });
  await assert.rejects(target.stats(), { code: 'no-permission', message: /answered .* was expected/ });
  await target.close();
  if (before === undefined) delete process.env['NOPS_DIR'];
  else process.env['NOPS_DIR'] = before;
  await isUntouched(victim);
});

test('an agent names its process, and does nothing that is meant for another', async t => {
  const target = await startTarget(t, app);
  const own = `${target.pid} ${readStat(target.pid).startTime}`;
  const request = (name: string) =>
    target.ask('/debug/nops/detach?force=1', { body: '', headers: { [meantForHeader]: name } });
  for (const other of [`${target.pid} 1`, `1 ${readStat(target.pid).startTime}`, '', 'x', `${own}, ${own}`]) {
    const { status, headers, text } = await request(other);
    assert.deepEqual([status, headers[answeredByHeader]], [421, own], other);
    assert.match(text, /the request is meant for another: nothing was done/);
  }
  await isUntouched(target);
  for (const path of [
    '/debug/nops/info',
    '/debug/pprof/cmdline',
    '/debug/pprof/nothing',
    '/debug/pprof/heap?seconds=1',
  ]) {
    assert.equal((await target.ask(path, { headers: { [meantForHeader]: own } })).headers[answeredByHeader], own, path);
  }
  assert.equal((await request(own)).status, 200);
});

test('a link to a socket is not followed, and who answers at a path says who it is', async t => {
  const target = await startTarget(t, app);
  const link = join(temporaryFolder(t), 'agent.sock');
  symlinkSync(target.socketPath(), link);
  const linked = await nops(['info', `unix:${link}`]);
  assert.equal(linked.code, 4);
  assert.match(
    linked.stderr,
    /is a link, which can lead to another process\n {2}next: Give the path of the socket itself/,
  );
  const named = await nops(['info', `unix:${target.socketPath()}`, '--json']);
  assert.deepEqual([named.code, (JSON.parse(named.stdout) as InfoResult).pid], [0, target.pid], named.stderr);
});

/** Which process and which agent the real `nops` takes for the target, and which it does not believe. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, linkSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { announcementName, parseAnnouncementName } from '@nops/core/protocol/announcement';
import type { InfoResult, ListResult } from '@nops/core/protocol/results';
import { seesAllProcesses } from '@nops/probe/beside/namespaces';
import { readStat } from '@nops/probe/beside/procfs';
import { type Ended, nopsPath, run } from '../cli/helpers.js';
import { needsRoot, nobody } from '../support/readable-copy.js';
import { startTarget, until } from '../support/target.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { ask, json, refused, startService } from './service.js';

test('a process is the same by pid, name, socket, address and URL', async t => {
  const name = `svc-${randomUUID()}`;
  const target = await startService(t, { NOPS_NAME: name, NOPS_LISTEN: '127.0.0.1:0' });
  const byPid = await json<InfoResult>(target, 'info', String(target.pid));
  assert.equal(byPid.name, name);
  // What does not change from one answer to the next.
  const lasting = ({ pid, name, node, v8, agent, command, socketPath, url }: InfoResult) => {
    return { pid, name, node, v8, agent, command, socketPath, url };
  };
  const url = new URL(byPid.url ?? '');
  const token = url.password;
  // A token that begins with - would be taken for an option.
  assert.match(token, /^[0-9a-f]{48}$/);
  for (const args of [
    ['info', name],
    [String(target.pid)],
    ['info', `unix:${target.socketPath()}`],
    [`unix:${target.socketPath()}`],
    ['info', url.host, '--token', token],
    ['info', `http://nops:${token}@${url.host}`],
    ['info', `http://${token}@${url.host}/`],
  ]) {
    assert.deepEqual(lasting(await json<InfoResult>(target, ...args)), lasting(byPid), args.join(' '));
  }
  const byVariable = await ask(target, ['info', url.host, '--json'], { NOPS_TOKEN: token });
  assert.deepEqual(lasting(JSON.parse(byVariable.stdout) as InfoResult), lasting(byPid));
  // What is given on the command line goes before the variable.
  assert.equal((await ask(target, ['info', url.host, '--token', token], { NOPS_TOKEN: 'wrong' })).code, 0);
  for (const command of ['stats', 'stack', 'sockets', 'fds', 'pools', 'set'])
    assert.equal((await json<InfoResult>(target, command, url.host, '--token', token)).way, 'agent', command);
  assert.match((await ask(target, [])).stdout, new RegExp(`^ *${target.pid} .* ${name} .* yes `, 'm'));
});

test('without its token, or with a wrong one, an agent on TCP tells nothing: exit 4', async t => {
  const target = await startService(t, { NOPS_LISTEN: '127.0.0.1:0' });
  const { url } = await json<InfoResult>(target, 'info', String(target.pid));
  const { host } = new URL(url ?? '');
  refused(await ask(target, ['info', host]), 4, /token/);
  refused(await ask(target, ['info', host, '--token', 'wrong-wrong-wrong']), 4, /token/);
  refused(await ask(target, ['cpu', host], { NOPS_TOKEN: 'wrong-wrong-wrong' }), 4, /token/);
  const inUrl = await ask(target, ['pools', `http://nops:secret-secret-secret@${host}`]);
  refused(inUrl, 4, /--token or NOPS_TOKEN/);
  assert.doesNotMatch(inUrl.stderr, /secret-secret/);
});

test('a name that two services gave themselves is refused with their pids', async t => {
  const name = `svc-${randomUUID()}`;
  const both = [await startService(t, { NOPS_NAME: name }), await startService(t, { NOPS_NAME: name })] as const;
  const ended = await ask(both[0], ['info', name]);
  refused(ended, 2, new RegExp(`2 Node\\.js processes are called ${name}`));
  for (const { pid } of both) assert.match(ended.stderr, new RegExp(`^ {2}${pid}  ${name}  /`, 'm'));
});

test('a killed process is gone: exit 3, not listed, and what its agent left is swept away', async t => {
  const target = await startService(t);
  const files = () => readdirSync(target.folder).filter(file => parseAnnouncementName(file) !== undefined);
  assert.equal(files().length, 2);
  target.child.kill('SIGKILL');
  await target.exited;
  assert.equal(files().length, 2, 'a killed process removes nothing');
  refused(await ask(target, ['info', String(target.pid)]), 3, new RegExp(`no process.*${target.pid}`));
  assert.equal(
    (await json<ListResult>(target, 'list')).processes.some(({ pid }) => pid === target.pid),
    false,
  );
  // In a pid namespace not every process can be seen, and absence proves nothing.
  assert.equal(files().length, seesAllProcesses() ? 0 : 2);
});

test('an agent’s files with another start time are not taken for those of the process that has the pid now', async t => {
  const other = await startService(t);
  const plain = await startTarget(t, 'setInterval(() => {}, 1000);', { execArgv: [], noSocket: true });
  const { startTime } = await until(
    () => (readFileSync(`/proc/${plain.pid}/comm`, 'utf8').startsWith('node') ? readStat(plain.pid) : undefined),
    () => 'node to run',
  );
  const announced = JSON.parse(readFileSync(other.socketPath().replace(/sock$/, 'json'), 'utf8'));
  const announce = (start: string, inside: { pid: number; startTime: string }) => {
    const base = join(other.folder, announcementName(plain.pid, start));
    linkSync(other.socketPath(), `${base}.sock`);
    writeFileSync(`${base}.json`, JSON.stringify({ ...announced, ...inside, socketPath: `${base}.sock` }), {
      mode: 0o600,
    });
    return () => {
      for (const ending of ['sock', 'json']) rmSync(`${base}.${ending}`, { force: true });
    };
  };
  const notMistaken = async (why: string) => {
    assert.equal((await ask(other, ['pools', String(plain.pid)], { NOPS_ATTACH: '0' })).code, 6, why);
    const info = await json<InfoResult>(other, 'info', String(plain.pid));
    assert.deepEqual([info.way, info.agent], ['beside', null], why);
  };
  const earlier = String(Number(startTime) - 1);
  const removeEarlier = announce(earlier, { pid: plain.pid, startTime: earlier });
  await notMistaken('an earlier process had the pid');
  removeEarlier();
  const removeForeign = announce(startTime, { pid: other.pid, startTime: announced.startTime });
  await notMistaken('the file speaks of another process');
  removeForeign();
  // The proof that the two above were refused for what they said: the same with everything right is asked, and found not to be its own.
  const remove = announce(startTime, { pid: plain.pid, startTime });
  refused(await ask(other, ['info', String(plain.pid)]), 4, /does not listen on the socket .* that it announces/);
  remove();
});

test('a folder or socket of another user is no agent’s', { skip: needsRoot }, async t => {
  const target = await startService(t);
  const pid = String(target.pid);
  const socketPath = target.socketPath();
  const believed = async () => (await json<InfoResult>(target, 'info', pid)).way === 'agent';
  assert.equal(await believed(), true);
  for (const path of [target.folder, socketPath, socketPath.replace(/sock$/, 'json')]) {
    chownSync(path, nobody, nobody);
    assert.equal(await believed(), false, path);
    refused(await ask(target, ['pools', pid], { NOPS_ATTACH: '0' }), 6, /no agent answers/);
    chownSync(path, 0, 0);
  }
  chmodSync(target.folder, 0o777);
  assert.equal(await believed(), false, 'anybody could have put it there');
  chmodSync(target.folder, 0o700);
  assert.equal(await believed(), true);
});

/** Somebody else's `nops info` for the socket at this path. */
function asNobody(path: string): Promise<Ended> {
  return run(process.execPath, [nopsPath, 'info', `unix:${path}`], {}, { uid: nobody, gid: nobody });
}

test('a socket of another user, given by its path, is refused with exit 4', { skip: needsRoot }, async t => {
  const target = await startService(t);
  const path = target.socketPath();
  const someone = 64_321;
  // Within reach, and somebody's who is neither the asking user nor root.
  for (const folder of [dirname(target.folder), target.folder]) chmodSync(folder, 0o755);
  chmodSync(path, 0o666);
  chownSync(path, someone, someone);
  refused(await asNobody(path), 4, new RegExp(`belongs to uid ${someone}, you are uid ${nobody}`));
  chownSync(path, nobody, nobody);
  assert.equal((await asNobody(path)).code, 0);
});

test('a socket in a folder that is closed to us is refused with exit 4', { skip: needsRoot }, async t => {
  const target = await startService(t);
  refused(await asNobody(target.socketPath()), 4, /next: Run nops as /);
});

test('a socket whose path can’t be looked up is no bug of nops', { skip: needsRoot }, async t => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  symlinkSync('loop', join(folder, 'loop'));
  const looped = await asNobody(join(folder, 'loop/agent.sock'));
  assert.match(looped.stderr, /^nops: the agent at .* can't be asked: .*ELOOP/);
  assert.ok(looped.code === 3 || looped.code === 5, `exit ${looped.code}`);
  refused(await asNobody(`/tmp/${'x'.repeat(300)}`), 2, /no path can be that long \(ENAMETOOLONG\)/);
});

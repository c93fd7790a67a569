import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { announcementFolders, announcementName } from '@nops/core/protocol/announcement';
import { type AnnouncedProcess, findAnnouncement, removeStale } from '@nops/probe/beside/announcements';
import { readIdentity } from '@nops/probe/beside/identity';
import { seesAllProcesses } from '@nops/probe/beside/namespaces';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { isRoot, start, startNode, type Target, until } from './processes.js';

/** A process that announces itself in `folder`, like an agent does. */
async function announce(t: Parameters<typeof startNode>[0], folder: string, options = {}): Promise<Target> {
  return startNode(
    t,
    `const stat = fs.readFileSync('/proc/self/stat', 'utf8'), startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
     const base = ${JSON.stringify(folder)} + '/nops-' + process.pid + '-' + startTime, socketPath = base + '.sock';
     await new Promise(done => net.createServer().listen(socketPath, done));
     fs.writeFileSync(base + '.json', JSON.stringify({ schema: 'nops.agent/1', pid: process.pid, startTime, socketPath, name: 'web', node: '1', agent: '2' }));
     ready();`,
    options,
  );
}

function privateFolder(parent: string, name = 'nops'): string {
  const folder = join(parent, name);
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

const filesOf = (folder: string, { nsPid, startTime }: AnnouncedProcess): string[] =>
  ['.json', '.sock'].map(ending => join(folder, announcementName(nsPid, startTime) + ending));

test('an agent is found in the folder given, and by its socket in one nobody told us', async t => {
  const folder = privateFolder(temporaryFolder(t));
  const identity = readIdentity((await announce(t, folder)).pid);
  const [, socketPath = ''] = filesOf(folder, identity);
  const found = findAnnouncement(identity, folder);
  assert.equal(found?.socketPath, socketPath);
  assert.equal(found?.announcement.name, 'web');
  assert.deepEqual(findAnnouncement(identity), found);
});

test('an agent is found in the usual folder of its user', { skip: !isRoot }, async t => {
  const uid = 64321; // nobody has it
  const folder = announcementFolders(uid)[1] ?? '';
  mkdirSync(folder, { mode: 0o700 });
  t.after(() => rmSync(folder, { recursive: true }));
  chownSync(folder, uid, uid);
  const { pid } = await announce(t, folder, { uid, gid: uid, cwd: '/' });
  const identity = readIdentity(pid);
  assert.equal(identity.uid, uid);
  assert.equal(findAnnouncement(identity)?.socketPath, filesOf(folder, identity)[1]);
});

test('an agent in another mount namespace is reached through its root', { skip: !isRoot }, async t => {
  const parent = temporaryFolder(t);
  const folder = join(parent, 'nops');
  const code = `const fs = require('fs'), net = require('net');
    fs.mkdirSync(${JSON.stringify(folder)}, { mode: 0o700 });
    const stat = fs.readFileSync('/proc/self/stat', 'utf8'), startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const base = ${JSON.stringify(folder)} + '/nops-' + process.pid + '-' + startTime, socketPath = base + '.sock';
    net.createServer().listen(socketPath, () => { fs.writeFileSync(base + '.json',
      JSON.stringify({ schema: 'nops.agent/1', pid: process.pid, startTime, socketPath, name: null, node: '1', agent: '2' })); console.log('ready'); });`;
  // Like systemd's PrivateTmp: the process has a file system of its own where we have the same folder.
  const script = `mount -t tmpfs none ${parent} && exec "$0" -e "$1"`;
  const target = start(t, 'unshare', ['-m', 'sh', '-c', script, process.execPath, code]);
  await until(() => target.lines.includes('ready'), 'the agent listens');
  const identity = readIdentity(target.pid);
  assert.equal(existsSync(folder), false);
  const found = findAnnouncement(identity);
  assert.equal(found?.socketPath, `/proc/${target.pid}/root${filesOf(folder, identity)[1]}`);
  assert.equal(existsSync(found?.socketPath ?? ''), true);
});

test('folders that others can have made are not believed', async t => {
  const parent = temporaryFolder(t);
  const folder = privateFolder(parent);
  const identity = readIdentity((await announce(t, folder)).pid);
  const [json = '', socket = ''] = filesOf(folder, identity);
  const refused = (why: string): void => assert.equal(findAnnouncement(identity, folder), null, why);
  assert.notEqual(findAnnouncement(identity, folder), null);

  chmodSync(folder, 0o720);
  refused('a folder its group can write to');
  chmodSync(folder, 0o700);

  renameSync(folder, `${folder}-real`);
  symlinkSync(`${folder}-real`, folder);
  refused('a link instead of a folder');
  rmSync(folder);
  renameSync(`${folder}-real`, folder);

  renameSync(json, `${folder}/other`);
  symlinkSync(`${folder}/other`, json);
  refused('a link instead of a file');
  rmSync(json);
  writeFileSync(json, 'x'.repeat(70_000));
  refused('a file that is too large');
  writeFileSync(json, 'no JSON');
  refused('a file that is no announcement');
  rmSync(json);
  renameSync(`${folder}/other`, json);

  assert.notEqual(findAnnouncement(identity, folder), null, 'as it was');
  assert.equal(findAnnouncement({ ...identity, startTime: '1' }, folder), null, 'another process with this pid');
  rmSync(socket);
  refused('no socket any more');
});

test('a folder or file of the wrong owner is not believed', { skip: !isRoot }, async t => {
  const folder = privateFolder(temporaryFolder(t));
  const identity = readIdentity((await announce(t, folder)).pid);
  const [json = ''] = filesOf(folder, identity);
  chownSync(json, 65534, 65534);
  assert.equal(findAnnouncement(identity, folder), null);
  chownSync(json, 0, 0);
  chownSync(folder, 65534, 65534);
  assert.equal(findAnnouncement(identity, folder), null);
  chownSync(folder, 0, 0);
  assert.notEqual(findAnnouncement(identity, folder), null);
});

test('only what a process that is gone left behind is removed', { skip: !seesAllProcesses() }, async t => {
  const folder = privateFolder(temporaryFolder(t));
  const uid = process.geteuid?.() ?? 0;
  const alive = await announce(t, folder);
  const killed = await announce(t, folder);
  const stale = filesOf(folder, readIdentity(killed.pid));
  await killed.stop();
  const reused = join(folder, `${announcementName(alive.pid, '1')}.json`);
  const foreign = ['notes.txt', 'nops-1-2.json.bak', 'nops-x-1.sock'].map(name => join(folder, name));
  for (const path of [reused, ...foreign]) writeFileSync(path, '');
  mkdirSync(join(folder, 'nops-2147483647-1.json'));
  assert.deepEqual(removeStale(folder, uid + 1), [], 'not our folder');
  assert.deepEqual(removeStale(folder, uid).sort(), [...stale, reused].sort());
  for (const path of [...filesOf(folder, readIdentity(alive.pid)), ...foreign])
    assert.equal(existsSync(path), true, path);
  assert.deepEqual(removeStale(folder, uid), []);
  assert.deepEqual(removeStale(join(folder, 'nonsense'), uid), []);
});

test('an agent in another pid namespace is not stale', { skip: !isRoot || !seesAllProcesses() }, async t => {
  const folder = privateFolder(temporaryFolder(t));
  const target = start(t, 'unshare', [
    '-pf',
    '--kill-child',
    process.execPath,
    '-e',
    'console.log("ready"); setInterval(() => {}, 1000)',
  ]);
  await until(() => target.lines.includes('ready'), 'it runs');
  const inner = Number(readFileSync(`/proc/${target.pid}/task/${target.pid}/children`, 'utf8').trim());
  const identity = readIdentity(inner);
  assert.equal(identity.nsPid, 1);
  const [json = ''] = filesOf(folder, identity);
  writeFileSync(json, '');
  assert.deepEqual(removeStale(folder, 0), []);
  await target.stop();
  await until(() => removeStale(folder, 0).length === 1, 'it is gone');
});

/** The sources that the server of `nops ui` reads for its page: those that a profile on the page names, and no other file. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import { fromJson } from '@nops/core/profile/formats/from-json';
import { toFirefox } from '@nops/core/profile/formats/to-firefox';
import { toSpeedscope } from '@nops/core/profile/formats/to-speedscope';
import type { SourceResult } from '@nops/core/profile/origin';
import { checkOut } from '../support/checkout.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { cookieOf, get } from './ask-ui.js';
import { startUi, type Ui, writeProfile } from './start-ui.js';

/** A `.cpuprofile` with a function in each of these URLs. */
function profileOf(urls: string[]) {
  const node = (id: number, functionName: string, url: string, children: number[]) => ({
    id,
    callFrame: { functionName, scriptId: '1', url, lineNumber: 0, columnNumber: 0 },
    hitCount: 1,
    children,
  });
  const ids = urls.map((_, i) => i + 2);
  const nodes = [node(1, '(root)', '', ids), ...urls.map((url, i) => node(i + 2, `work${i}`, url, []))];
  return { nodes, startTime: 0, endTime: 1e6, samples: ids, timeDeltas: ids.map(() => 1000) };
}

/** Asks for sources as the page does, once it has its profile. */
async function pageOf(t: TestContext, ...profiles: string[]) {
  const ui = await startUi(t, profiles);
  const cookie = await cookieOf(ui);
  return { ui, cookie, source: (file: unknown) => askSource(ui, cookie, file) };
}

async function askSource(ui: Ui, cookie: string, file: unknown): Promise<SourceResult> {
  const headers = { cookie, 'content-type': 'application/json' };
  const { status, text } = await get(ui, '/api/source', { headers, body: JSON.stringify({ file }) });
  assert.equal(status, 200);
  return JSON.parse(text);
}

function write(folder: string, name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const unnamed = { schema: 'nops.ui-source/1', lines: [], why: 'no profile that this server sent names this file' };

test('a file that a profile names is read, whatever the format', async t => {
  const folder = temporaryFolder(t);
  const file = write(folder, 'a file%20 of ünits.ts', 'one\ntwo\n');
  const cpuProfile = profileOf([pathToFileURL(file).href]);
  const profile = fromJson(cpuProfile);
  const formats = {
    'cpu.cpuprofile': JSON.stringify(cpuProfile),
    'cpu.cpuprofile.gz': gzipSync(JSON.stringify(cpuProfile)),
    'cpu.pb': encodeProfile(profile),
    'cpu.pb.gz': gzipSync(encodeProfile(profile)),
    'cpu.speedscope.json': JSON.stringify(toSpeedscope(profile, 'cpu')),
    'cpu.firefox.json.gz': gzipSync(JSON.stringify(toFirefox(profile, 'cpu'))),
  };
  const files = Object.entries(formats).map(([name, content]) => write(folder, name, content));
  const { ui, cookie, source } = await pageOf(t, ...files);
  assert.deepEqual(await source(file), unnamed, 'no profile was sent yet');
  for (const id of ['first', 'file-2', 'file-3', 'file-4', 'file-5', 'file-6']) {
    const own = await startUi(t, files);
    const ownCookie = await cookieOf(own);
    assert.equal((await get(own, `/api/profiles/${id}`, { headers: { cookie: ownCookie } })).status, 200);
    const found = await askSource(own, ownCookie, file);
    assert.deepEqual(found, { schema: 'nops.ui-source/1', file, lines: ['one', 'two'] }, id);
  }
  await get(ui, '/api/profile', { headers: { cookie } });
  assert.deepEqual((await source(file)).lines, ['one', 'two']);
});

test('a file that no profile names is refused, whether it is there or not', async t => {
  const folder = temporaryFolder(t);
  const file = write(folder, 'app.ts', 'one\n');
  const secret = write(folder, 'secret.ts', 'secret\n');
  mkdirSync(join(folder, 'sub'));
  symlinkSync(file, join(folder, 'link.ts'));
  symlinkSync(folder, join(folder, 'linked'));
  const { ui, cookie, source } = await pageOf(t, writeProfile(folder, [[['main'], 1]], file));
  await get(ui, '/api/profile', { headers: { cookie } });
  assert.deepEqual((await source(file)).lines, ['one']);
  const others = [
    'none.ts',
    'link.ts',
    'linked/app.ts',
    'sub/../app.ts',
    './app.ts',
    'sub/../secret.ts',
    'linked/secret.ts',
  ];
  for (const other of [secret, ...others.map(name => `${folder}/${name}`), `/${file}`])
    assert.deepEqual(await source(other), unnamed, other);
  assert.equal((await get(ui, '/api/source', { headers: { cookie } })).status, 404, 'no GET reads a file');
  const post = { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ file }) };
  assert.equal((await get(ui, '/api/source', post)).status, 401);
});

test('a name that leads to a file which no profile names, or to no source file, is refused', async t => {
  const folder = temporaryFolder(t);
  const file = write(folder, 'app.ts', 'one\n');
  write(folder, 'secret.ts', 'secret\n');
  write(folder, 'secret.txt', 'secret\n');
  write(folder, 'huge.ts', '');
  truncateSync(join(folder, 'huge.ts'), 8 * 1024 ** 2 + 1);
  mkdirSync(join(folder, 'sub.ts'));
  execFileSync('mkfifo', [join(folder, 'fifo.ts')]);
  symlinkSync(join(folder, 'secret.ts'), join(folder, 'link.ts'));
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'text.ts'));
  symlinkSync(folder, join(folder, 'linked'));
  symlinkSync(file, join(folder, 'alias.ts'));
  const refused: [name: string, why: RegExp][] = [
    ['link.ts', /a link to a file that the profile does not name/],
    ['linked/secret.ts', /a link to a file that the profile does not name/],
    ['sub.ts/../secret.ts', /a link to a file that the profile does not name/],
    ['text.ts', /a link to what is no source file/],
    ['secret.txt', /no source file by its name/],
    ['sub.ts', /no regular file/],
    ['fifo.ts', /no regular file/],
    ['huge.ts', /more than are shown/],
    ['none.ts', /not on this machine/],
  ];
  const names = [...refused.map(([name]) => name), 'app.ts', 'alias.ts'].map(name => `${folder}/${name}`);
  const profile = write(
    folder,
    'cpu.cpuprofile',
    JSON.stringify(profileOf([...names, 'node:fs', 'app.ts', '/etc/passwd'])),
  );
  const { ui, cookie, source } = await pageOf(t, profile);
  await get(ui, '/api/profile', { headers: { cookie } });
  assert.deepEqual((await source(file)).lines, ['one']);
  assert.deepEqual((await source(join(folder, 'alias.ts'))).lines, ['one'], 'the link and the file are both named');
  for (const [name, why] of refused) {
    const answer = await source(`${folder}/${name}`);
    assert.match(answer.why ?? '', why, name);
    assert.deepEqual(answer.lines, [], name);
  }
  for (const other of ['node:fs', 'app.ts', '/etc/passwd', 7, null])
    assert.match((await source(other)).why ?? '', /^this is no /);
});

test('a source in a checkout is told with its commit and its address on the web, without any secret', async t => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'src'));
  const file = write(folder, 'src/a b.ts', 'one\n');
  const { commit, git } = checkOut(folder);
  const cpu = write(folder, 'cpu.cpuprofile', JSON.stringify(profileOf([pathToFileURL(file).href])));
  const { ui, cookie, source } = await pageOf(t, cpu);
  await get(ui, '/api/profile', { headers: { cookie } });
  assert.deepEqual(await source(file), { schema: 'nops.ui-source/1', file, lines: ['one'] }, 'it has no remote');
  const at = (form: string) => ({ commit, address: form.replace('COMMIT', commit) });
  const remotes = {
    'https://user:secret@github.com/owner/name.git': at(
      'https://github.com/owner/name/blob/COMMIT/src/a%20b.ts#L{line}',
    ),
    'git@github.com:owner/name.git': at('https://github.com/owner/name/blob/COMMIT/src/a%20b.ts#L{line}'),
    'ssh://git@gitlab.example.org:2222/group/sub/name': at(
      'https://gitlab.example.org/group/sub/name/-/blob/COMMIT/src/a%20b.ts#L{line}',
    ),
    'https://host.example.org/owner/name': undefined,
    '/somewhere/here': undefined,
  };
  git('remote', 'add', 'origin', 'https://github.com/owner/name');
  for (const [remote, expected] of Object.entries(remotes)) {
    git('remote', 'set-url', 'origin', remote);
    assert.deepEqual((await source(file)).repository, expected, remote);
  }
  git('remote', 'set-url', 'origin', 'https://github.com/owner/name');
  git('pack-refs', '--all');
  assert.equal((await source(file)).repository?.commit, commit, 'packed');
  git('checkout', '-q', '--detach');
  assert.equal((await source(file)).repository?.commit, commit, 'no branch');
});

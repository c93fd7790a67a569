/** Text from elsewhere that makes a backtracking matcher work for years: commands answer all the same. */

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { encodeProfile } from '@nops/core/profile/encode';
import { fileKind } from '@nops/core/profile/formats/file-kind';
import { parseAllocationTree } from '@nops/core/profile/formats/from-allocation-tree';
import type { SourceResult } from '@nops/core/profile/origin';
import { parseStack } from '@nops/core/trace/report/stacks';
import { redactWords } from '@nops/core/units/redact';
import { parseUnixPeers } from '@nops/probe/beside/unix-peers';
import { nopsPath } from '../cli/helpers.js';
import { nodeBinary, nodeVersions } from '../support/nodes.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { cookieOf, get } from '../ui/ask-ui.js';
import { startUi, writeProfile } from '../ui/start-ui.js';

/** A hang: none of these takes a second. */
const patienceMs = 20_000;
const many = 200_000;

test('a .git/config does not hold up nops ui', async t => {
  const folder = temporaryFolder(t);
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args], { stdio: 'pipe' });
  git('init', '-q');
  const file = join(folder, 'app.js');
  writeFileSync(file, 'work();\n'.repeat(10));
  git('add', '.');
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'one');
  const ui = await startUi(t, [writeProfile(temporaryFolder(t), [[['main'], 1]], file)]);
  const headers = { cookie: await cookieOf(ui), 'content-type': 'application/json' };
  await get(ui, '/api/profile', { headers });
  const source = async () => {
    const body = JSON.stringify({ file, places: [] });
    const answered = get(ui, '/api/source', { method: 'POST', headers, body });
    const late = new Promise<never>((_, reject) => setTimeout(reject, patienceMs, new Error('it hangs')).unref());
    return JSON.parse((await Promise.race([answered, late])).text) as SourceResult;
  };
  mkdirSync(join(folder, '.git'), { recursive: true });
  const config = (text: string) => writeFileSync(join(folder, '.git/config'), text);
  config('[remote "origin"]\n\turl = https://github.com/owner/name.git\n');
  assert.match((await source()).repository?.address ?? '', /^https:\/\/github\.com\/owner\/name\/blob\//);
  config(`[remote "origin"]\n${'\n'.repeat(many)}url${' '.repeat(many)}=${' '.repeat(many)}x y`);
  assert.equal((await source()).lines.length > 0, true);
});

/** `drop_frames` is an expression that the profile brings with it. */
function writeHostileProfile(folder: string): string {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: 'wall', unit: 'nanoseconds' }],
    defaultSampleType: 'wall',
    periodType: { type: 'wall', unit: 'nanoseconds' },
    period: 1e6,
    timeNanos: 0n,
    durationNanos: 1e9,
    comments: [],
  });
  const functionId = builder.functionId(`${'a'.repeat(60)}!`, '/srv/app.js', 1);
  builder.addSample([builder.locationId([{ functionId, line: 1, column: 1 }])], [1e6]);
  const file = join(folder, 'hostile.pb.gz');
  writeFileSync(file, gzipSync(encodeProfile({ ...builder.build(), dropFrames: '(a+)+' })));
  return file;
}

for (const version of nodeVersions) {
  const node = nodeBinary(version);
  test(`Node ${version}: an expression in a profile, or of an option over its names, does not hold up nops pprof`, {
    skip: node === undefined,
  }, async t => {
    const file = writeHostileProfile(temporaryFolder(t));
    for (const options of [[], ['-focus=^(a+)+$'], ['-ignore=(\\w+)*@']]) {
      const out = await new Promise<string>((resolve, reject) => {
        const args = [nopsPath, 'pprof', '-top', ...options, file];
        execFile(node ?? '', args, { timeout: patienceMs, killSignal: 'SIGKILL' }, (error, stdout) =>
          error?.killed === true ? reject(new Error('it hangs')) : resolve(stdout),
        );
      });
      assert.equal(out.includes('aaaa'), !options.some(option => option.startsWith('-focus')), `${options}`);
    }
  });
}

/** Each of these took the square of the length, or more: hours for what follows. */
test('what is parsed is parsed in linear time, and as before', () => {
  const secrets = redactWords([`${'-eyJaaaaaaaa'.repeat(many)}`, 'x?'.repeat(many), 'a'.repeat(many)]);
  assert.equal(secrets.count, 0);
  const jwt = 'eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM';
  assert.deepEqual(redactWords([`a ${jwt} b`, `x.${jwt}`, 'postgres://u:secret@db/x', '/x?a=1&token=2']).words, [
    'a [redacted] b',
    'x.[redacted]',
    'postgres://u:[redacted]@db/x',
    '/x?a=1&token=[redacted]',
  ]);
  assert.equal(fileKind(Buffer.from('\n \n'.repeat(20_000))), undefined);
  assert.equal(fileKind(Buffer.from('# comment\n\nmain;work 3\n')), 'collapsed');
  assert.deepEqual(parseStack(`f (a) (b) (/x:1:2)\n${' ('.repeat(many)}`).slice(0, 1), [
    { function: 'f', file: 'a) (b) (/x', line: 1, column: 2 },
  ]);
  assert.throws(() => parseAllocationTree('{"name":"'.repeat(many)), SyntaxError);
  assert.equal(parseUnixPeers(`u_str ESTAB 0 0 ${'1 '.repeat(many)}x`).size, 0);
  const peers = parseUnixPeers('u_str ESTAB 5 6 /run/a b 1 22 * 33\nu_str ESTAB 0 0 * 33 * 22 \n');
  assert.deepEqual(peers.get(22), { inode: 33, recvQ: 5, sendQ: 6 });
});

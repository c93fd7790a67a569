/** What is kept of executables between runs: bounded, whole, and believed only when nobody else can have written it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ElfFile } from '@nops/probe/beside/elf/elf-file';
import { isOursOrRoots } from '@nops/probe/beside/file-identity';
import { readBinary, type V8Binary } from '@nops/probe/beside/v8/binary';
import { readFacts, writeFacts } from '@nops/probe/beside/v8/facts-cache';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { startNode } from '../beside/processes.js';

/** The most files that are kept. */
const bound = 16;

const real = readBinary(process.execPath);
const named = (version: string): V8Binary => ({ ...real, buildId: version });
const identities = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i).padStart(40, '0'));

function emptyCache(t: TestContext): string {
  return join(temporaryFolder(t), 'nops');
}

/** The one file of a cache. */
function onlyFile(folder: string): string {
  const files = readdirSync(folder);
  assert.equal(files.length, 1, files.join(' '));
  return join(folder, files[0] ?? '');
}

test('what was written is read again, whole, for its owner only', t => {
  const folder = emptyCache(t);
  assert.equal(readFacts(folder, 'abc'), undefined);
  writeFacts(folder, 'abc', named('abc'));
  assert.deepEqual(readFacts(folder, 'abc'), named('abc'));
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(onlyFile(folder)).mode & 0o777, 0o600);
  assert.equal(readFacts(folder, 'abd'), undefined);
});

test('of twenty files the latest sixteen are kept', t => {
  const folder = emptyCache(t);
  const ids = identities(20);
  ids.forEach((id, index) => {
    const before = new Set(existsSync(folder) ? readdirSync(folder) : []);
    writeFacts(folder, id, named(id));
    const [added = ''] = readdirSync(folder).filter(name => !before.has(name));
    // The kernel's clock of files is coarser than our writing: each is made to be of a second of its own, all of them in the past.
    utimesSync(join(folder, added), 1_000_000 + index, 1_000_000 + index);
  });
  assert.equal(readdirSync(folder).length, bound);
  const kept = ids.filter(id => readFacts(folder, id) !== undefined);
  assert.deepEqual(kept, ids.slice(-bound));
});

test('drafts that nobody finished count as well, and go first when they are the oldest', t => {
  const folder = emptyCache(t);
  mkdirSync(folder, { mode: 0o700 });
  for (const id of identities(20)) {
    const draft = join(folder, `v8-${id}.json.draft`);
    writeFileSync(draft, '{');
    utimesSync(draft, 1_000_000, 1_000_000);
  }
  writeFacts(folder, 'abc', named('abc'));
  assert.equal(readdirSync(folder).length, bound);
  assert.deepEqual(readFacts(folder, 'abc'), named('abc'));
});

test('a draft that a killed nops of the same pid left does not keep the next from writing', t => {
  const folder = emptyCache(t);
  writeFacts(folder, 'abc', named('abc'));
  const path = onlyFile(folder);
  truncateSync(path, 0);
  writeFileSync(`${path}.${process.pid}`, '{"format":');
  assert.equal(readFacts(folder, 'abc'), undefined);
  writeFacts(folder, 'abc', named('abc'));
  assert.deepEqual(readFacts(folder, 'abc'), named('abc'));
});

test('what can’t be put in its place leaves no draft', t => {
  const folder = emptyCache(t);
  writeFacts(folder, 'abc', named('abc'));
  const path = onlyFile(folder);
  const other = path.replace('abc', 'def');
  mkdirSync(other); // a file can't be renamed over a folder: rename(2)
  writeFacts(folder, 'def', named('def'));
  assert.deepEqual(readdirSync(folder).sort(), [path, other].map(full => full.slice(folder.length + 1)).sort());
});

for (const mode of [0o777, 0o770, 0o702]) {
  test(`a folder of mode ${mode.toString(8)} is neither believed nor written to`, t => {
    const folder = emptyCache(t);
    writeFacts(folder, 'abc', named('abc'));
    chmodSync(folder, mode);
    assert.equal(readFacts(folder, 'abc'), undefined);
    writeFacts(folder, 'def', named('def'));
    assert.equal(readdirSync(folder).length, 1);
    // It was the mode, and nothing else.
    chmodSync(folder, 0o700);
    assert.deepEqual(readFacts(folder, 'abc'), named('abc'));
  });
}

test('a link to a folder is not believed', t => {
  const folder = emptyCache(t);
  writeFacts(folder, 'abc', named('abc'));
  symlinkSync(folder, `${folder}-link`);
  assert.equal(readFacts(`${folder}-link`, 'abc'), undefined);
});

test('a file that is cut short, of another format or of another file is none', t => {
  const folder = emptyCache(t);
  writeFacts(folder, 'abc', named('abc'));
  const path = onlyFile(folder);
  const whole = readFileSync(path, 'utf8');
  const damaged = {
    'cut short': whole.slice(0, whole.length >> 1),
    empty: '',
    'no object': 'null',
    'of another format': whole.replace(/"format":\d+/, '"format":0'),
    'of another file': whole.replace('"abc"', '"def"'),
  };
  for (const [what, text] of Object.entries(damaged)) {
    assert.notEqual(text, whole, what);
    writeFileSync(path, text);
    assert.equal(readFacts(folder, 'abc'), undefined, what);
  }
  writeFileSync(path, whole);
  assert.deepEqual(readFacts(folder, 'abc'), named('abc'));
});

function identityOf(path: string): string {
  const elf = new ElfFile(path);
  try {
    return elf.identity;
  } finally {
    elf.close();
  }
}

/** What another process, which has read nothing yet, makes of `pid` with this cache. */
function versionSeen(pid: number, folder: string): unknown {
  const url = import.meta.resolve('@nops/probe/beside/stack/read-stacks');
  const code = `import { readStacks } from ${JSON.stringify(url)};
    const { v8, refusal } = await readStacks(${pid}, { cacheFolder: ${JSON.stringify(folder)} });
    console.log(JSON.stringify({ v8, refusal: refusal?.message }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('a look at a process writes the file, believes it, and mends one that is cut short', {
  skip: isOursOrRoots('', process.execPath, statSync(process.execPath))
    ? false
    : 'needs a Node that only its owner can write',
}, async t => {
  const folder = emptyCache(t);
  const { pid } = await startNode(t, 'stay(); ready();');
  const seen = { v8: real.version.join('.') };
  assert.deepEqual(versionSeen(pid, folder), seen);
  const path = onlyFile(folder);
  const whole = readFileSync(path, 'utf8');
  assert.deepEqual(readFacts(folder, identityOf(process.execPath)), real);

  truncateSync(path, whole.length >> 1);
  assert.deepEqual(versionSeen(pid, folder), seen);
  assert.equal(readFileSync(onlyFile(folder), 'utf8'), whole);

  // That it is believed at all shows when it tells something else; of a folder that others may write to it is not.
  const [major, minor, build] = real.version;
  writeFileSync(path, whole.replace(JSON.stringify(real.version), JSON.stringify([major, minor, build, 65_535])));
  assert.deepEqual(versionSeen(pid, folder), { v8: `${major}.${minor}.${build}.65535` });
  chmodSync(folder, 0o777);
  assert.deepEqual(versionSeen(pid, folder), seen);
});

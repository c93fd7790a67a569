/** Source maps behind the page of `nops ui`: what the server reads because a map names it, and what it never reads, whatever a map names. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { SourceResult } from '@nops/core/profile/origin';
import { temporaryFolder } from '../support/temporary-folder.js';
import { cookieOf, get } from './ask-ui.js';
import { startUi, writeProfile } from './start-ui.js';

/** Line 2 leads to line 3 of the first source; AAEA: column 0, first source, 2 lines on, column 0. */
const mappings = ';AAEA';

interface Package {
  /** Its folder, with a package.json; beside it stands what is not the package's. */
  root: string;
  compiled: string;
  /** Asks as the page does, of line 2 of the compiled file. */
  ask(body?: object): Promise<SourceResult>;
  write(name: string, content: string): string;
  writeMap(map: object): void;
}

async function startPackage(t: TestContext, comment = 'app.js.map'): Promise<Package> {
  const root = join(temporaryFolder(t), 'app');
  mkdirSync(join(root, 'dist'), { recursive: true });
  mkdirSync(join(root, 'src'));
  const write = (name: string, content: string) => {
    writeFileSync(join(root, name), content);
    return join(root, name);
  };
  write('package.json', '{"name":"app"}');
  write('dist/package.json', '{"type":"module"}');
  const compiled = write('dist/app.js', `ran one;\nran two;\n//# sourceMappingURL=${comment}\n`);
  const ui = await startUi(t, [writeProfile(root, [[['main'], 1]], compiled)]);
  const cookie = await cookieOf(ui);
  await get(ui, '/api/profile', { headers: { cookie } });
  return {
    root,
    compiled,
    write,
    writeMap: map => write('dist/app.js.map', JSON.stringify({ version: 3, names: [], mappings, ...map })),
    async ask(body = { file: compiled, places: [[2, 0]] }) {
      const headers = { cookie, 'content-type': 'application/json' };
      const { status, text } = await get(ui, '/api/source', { headers, body: JSON.stringify(body) });
      assert.equal(status, 200, text);
      return JSON.parse(text);
    },
  };
}

const ran = ['ran one;', 'ran two;', '//# sourceMappingURL=app.js.map'];

test('a source in the map, or in the package of the compiled file', async t => {
  const { root, compiled, ask, write, writeMap } = await startPackage(t);
  const source = write('src/app.ts', 'one\ntwo\nthree\n');
  writeMap({ sources: ['../src/app.ts'] });
  const head = { schema: 'nops.ui-source/1', file: source };
  const map = `${compiled}.map`;
  assert.deepEqual(
    await ask({
      file: compiled,
      places: [
        [2, 0],
        [2, 5],
        [1, 1],
        [9, 9],
      ],
    }),
    {
      ...head,
      lines: ['one', 'two', 'three'],
      mapped: { map, lines: [3, 3, 0, 0] },
    },
  );
  // Who asks for no place, or for one without a map, gets what ran.
  for (const places of [undefined, [], [[1, 1]], 'x', [['a', {}], null]])
    assert.deepEqual((await ask({ file: compiled, places })).lines, ran, JSON.stringify(places));

  const inside = await startPackage(t);
  inside.writeMap({ sources: ['webpack://app/src/b.ts', '/etc/passwd'], sourcesContent: ['a\nb\nc', 'not it'] });
  assert.deepEqual(await inside.ask(), {
    schema: 'nops.ui-source/1',
    file: 'webpack://app/src/b.ts',
    lines: ['a', 'b', 'c'],
    mapped: { map: `${inside.compiled}.map`, lines: [3] },
  });
  assert.ok(root !== inside.root);
});

test('a place without a column, on a line that is of more than one part of the source: nobody can tell', async t => {
  const { compiled, ask, write, writeMap } = await startPackage(t);
  write('src/app.ts', 'one\n'.repeat(40));
  // From column 16 on it is line 33.
  writeMap({ sources: ['../src/app.ts'], mappings: ';AAEA,gBA8BA' });
  assert.deepEqual(
    (
      await ask({
        file: compiled,
        places: [
          [2, 0],
          [2, 1],
          [2, 17],
        ],
      })
    ).mapped?.lines,
    [0, 3, 33],
  );
  assert.deepEqual((await ask()).lines, ran);
});

test('what a map names is no name by which the page may ask', async t => {
  const { ask, write, writeMap, compiled } = await startPackage(t);
  const source = write('src/app.ts', 'one\ntwo\nthree\n');
  writeMap({ sources: ['../src/app.ts'] });
  assert.equal((await ask()).file, source);
  for (const file of [source, `${compiled}.map`])
    assert.match((await ask({ file, places: [[1, 0]] })).why ?? '', /no profile that this server sent|no source file/);
});

const notInPackage = /not in the package/;
const attempts: [name: string, source: string, why: RegExp, prepare?: (root: string) => void][] = [
  ['a file of the system', '/etc/passwd', /no source file by its name/],
  ['the same, as a URL', 'file:///etc/passwd', /no source file by its name/],
  ['a source outside', '../../secret.ts', notInPackage, root => writeFileSync(`${root}/../secret.ts`, 'secret')],
  [
    'the folder beside, with the package’s name in front',
    '../../app-2/a.ts',
    notInPackage,
    root => {
      mkdirSync(`${root}/../app-2`);
      writeFileSync(`${root}/../app-2/a.ts`, 'secret');
    },
  ],
  [
    'a link that leads out',
    '../src/link.ts',
    notInPackage,
    root => {
      writeFileSync(`${root}/../secret.ts`, 'secret');
      symlinkSync(`${root}/../secret.ts`, `${root}/src/link.ts`);
    },
  ],
  [
    'a folder’s link that leads out',
    '../out/secret.ts',
    notInPackage,
    root => {
      writeFileSync(`${root}/../secret.ts`, 'secret');
      symlinkSync(join(root, '..'), `${root}/out`);
    },
  ],
  [
    'a link to what is no source',
    '../src/link.ts',
    /no source file by its name/,
    root => {
      writeFileSync(`${root}/.env`, 'secret');
      symlinkSync(`${root}/.env`, `${root}/src/link.ts`);
    },
  ],
  ['a file with secrets', '../.env', /no source file by its name/, root => writeFileSync(`${root}/.env`, 'secret')],
  ['a FIFO', '../src/fifo.ts', /no regular file/, root => void execFileSync('mkfifo', [`${root}/src/fifo.ts`])],
  ['a folder', '../src/folder.ts', /no regular file/, root => mkdirSync(`${root}/src/folder.ts`)],
  [
    'a huge file',
    '../src/huge.ts',
    /more than are shown/,
    root => {
      writeFileSync(`${root}/src/huge.ts`, '');
      truncateSync(`${root}/src/huge.ts`, 8 * 1024 ** 2 + 1);
    },
  ],
  ['no file', '../src/none.ts', /not on this machine/],
  ['another host', 'http://127.0.0.1:9/a.ts', /no source file by its name/],
];

for (const [name, source, why, prepare] of attempts) {
  test(`a map that names ${name}: it is not read, and the lines that ran are shown`, async t => {
    const { root, ask, writeMap, compiled } = await startPackage(t);
    prepare?.(root);
    writeMap({ sources: [source] });
    const { unmapped, ...answer } = await ask();
    assert.match(unmapped ?? '', why);
    assert.deepEqual(answer, { schema: 'nops.ui-source/1', file: compiled, lines: ran });
  });
}

const map = JSON.stringify({ version: 3, names: [], mappings, sources: ['a.ts'], sourcesContent: ['1\n2\nsecret'] });
const maps: [name: string, comment: string, prepare: (root: string) => void][] = [
  ['outside the package', '../../app.js.map', root => writeFileSync(`${root}/../app.js.map`, map)],
  [
    'behind a link that leads out',
    'app.js.map',
    root => {
      writeFileSync(`${root}/../app.js.map`, map);
      symlinkSync(`${root}/../app.js.map`, `${root}/dist/app.js.map`);
    },
  ],
  ['with another ending', '../data.json', root => writeFileSync(`${root}/data.json`, map)],
  ['that is a FIFO', 'app.js.map', root => void execFileSync('mkfifo', [`${root}/dist/app.js.map`])],
  ['of another host', 'http://127.0.0.1:9/app.js.map', () => {}],
  ['that is damaged', 'app.js.map', root => writeFileSync(`${root}/dist/app.js.map`, '{"version":3,"mappings":7}')],
];

for (const [name, comment, prepare] of maps) {
  test(`a map ${name} is not read`, async t => {
    const { root, ask, compiled } = await startPackage(t, comment);
    prepare(root);
    const lines = [...ran.slice(0, 2), `//# sourceMappingURL=${comment}`];
    assert.deepEqual(await ask(), { schema: 'nops.ui-source/1', file: compiled, lines });
  });
}

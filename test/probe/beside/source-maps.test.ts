import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { SourceMaps } from '@nops/probe/beside/source-maps';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { isRoot, needsPython, start, startNode, until } from './processes.js';

/** Line 6 throws, at column 11: tsc drops the types, so that it stands elsewhere in what it makes. */
const typescript = `interface Order { id: number; total: number }

type Cents = number;

export function charge(order: Order): Cents {
    throw new Error(\`not enough: \${order.total satisfies Cents}\`);
}

setInterval(() => {}, 1000);
try { charge({ id: 1, total: 2 }); } catch (error) { console.log((error as Error).stack?.split('\\n')[1]); }
`;

const tsc = createRequire(import.meta.url).resolve('typescript/package.json');

/** The url, line and column that V8 tells of the throw in the running output of tsc. */
async function runCompiled(
  t: TestContext,
  options: string[],
): Promise<{ pid: number; url: string; line: number; column: number; source: string }> {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'src dir'));
  const source = join(folder, 'src dir', 'charge.ts');
  writeFileSync(source, typescript);
  const common = [
    '--outDir',
    join(folder, 'out'),
    '--target',
    'es2022',
    '--skipLibCheck',
    '--ignoreConfig',
    '--types',
    'node',
  ];
  const roots = ['--typeRoots', join(dirname(dirname(tsc)), '@types')];
  execFileSync(process.execPath, [join(dirname(tsc), 'bin', 'tsc'), source, ...common, ...roots, ...options]);
  const target = start(t, process.execPath, [join(folder, 'out', 'charge.js')]);
  const line = await until(() => target.lines[0], 'it told where it threw');
  const match = /\(?((?:file:\/\/)?\/.*):(\d+):(\d+)\)?$/.exec(line);
  assert.ok(match !== null, line);
  return { pid: target.pid, url: match[1] ?? '', line: Number(match[2]), column: Number(match[3]), source };
}

for (const module of ['commonjs', 'es2022']) {
  for (const option of ['--sourceMap', '--inlineSourceMap']) {
    test(`output of tsc, ${option}, ${module}: V8’s place is one in the TypeScript`, async t => {
      const { pid, url, line, column, source } = await runCompiled(t, [option, '--module', module]);
      assert.notEqual(line, 6);
      const maps = new SourceMaps(pid);
      const path = url.startsWith('file:') ? url : pathToFileURL(url).href;
      const expected = { line: 6, column: 11 };
      assert.deepEqual(maps.original({ url: path, line, column }), { ...expected, url: pathToFileURL(source).href });
      assert.deepEqual(maps.original({ url: decodeURIComponent(new URL(path).pathname), line, column }), {
        ...expected,
        url: source,
      });
    });
  }
}

/** A script of one line and what stands at its end. */
function writeScript(t: TestContext, end: string, map?: object | string): string {
  const script = join(temporaryFolder(t), 'script.js');
  writeFileSync(script, `work();\n${end}`);
  if (map !== undefined) writeFileSync(`${script}.map`, typeof map === 'string' ? map : JSON.stringify(map));
  return script;
}

/** AAAA: column 0 of the first line is line 1, column 0 of the first source; then line 3, column 2 (IAEE, relative). */
const simple = { version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA,IAEE' };
const here = new SourceMaps(process.pid);
const at = (url: string, column: number) => here.original({ url, line: 1, column });

test('a data: URL, with and without base64', t => {
  const json = JSON.stringify(simple);
  for (const url of [
    `data:application/json;charset=utf-8;base64,${Buffer.from(json).toString('base64')}`,
    `data:application/json,${encodeURIComponent(json)}`,
  ]) {
    const script = writeScript(t, `//# sourceMappingURL=${url}\n`);
    assert.deepEqual(at(script, 1), { url: join(dirname(script), 'a.ts'), line: 1, column: 1 });
    assert.deepEqual(at(script, 6), { url: join(dirname(script), 'a.ts'), line: 3, column: 3 });
  }
});

test('an index map, a source with a scheme of its own, a map behind a guarding line', t => {
  const index = {
    version: 3,
    sections: [{ offset: { line: 0, column: 0 }, map: { ...simple, sources: ['webpack://app/src/b.ts'] } }],
  };
  const script = writeScript(t, '//# sourceMappingURL=script.js.map', index);
  assert.deepEqual(at(script, 1), { url: 'webpack://app/src/b.ts', line: 1, column: 1 });
  const guarded = writeScript(t, '/*# sourceMappingURL=script.js.map */', `)]}'\n${JSON.stringify(simple)}`);
  assert.equal(at(guarded, 1)?.line, 1);
});

test('no map, or none that can be used: undefined', t => {
  const end = '//# sourceMappingURL=script.js.map\n';
  const fifo = writeScript(t, end);
  execFileSync('mkfifo', [`${fifo}.map`]);
  const scripts: [string, string][] = [
    ['no comment', writeScript(t, '')],
    ['the comment in the middle', writeScript(t, `${end}more();\n`, simple)],
    ['in a string', writeScript(t, `"//# sourceMappingURL=script.js.map"`, simple)],
    ['no file', writeScript(t, end)],
    ['a FIFO, which would be waited for', fifo],
    ['not JSON', writeScript(t, end, 'nonsense')],
    ['not a map', writeScript(t, end, '[1, null]')],
    ['JSON of another kind', writeScript(t, end, 'null')],
    ['mappings that are none', writeScript(t, end, { ...simple, mappings: 7 })],
    ['from elsewhere', writeScript(t, '//# sourceMappingURL=https://example.com/x.map')],
    ['damaged data', writeScript(t, '//# sourceMappingURL=data:application/json;base64,AAAA')],
    ['data without a comma', writeScript(t, '//# sourceMappingURL=data:application/json')],
  ];
  for (const [what, script] of scripts) assert.equal(at(script, 1), undefined, what);
  for (const url of [
    'node:fs',
    'evalmachine.<anonymous>',
    '',
    '[eval]',
    'file://host/x.js',
    'https://example.com/x.js',
    '/dev/zero',
    '/nowhere/x.js',
    '/tmp',
  ]) {
    assert.equal(at(url, 1), undefined, url);
  }
  const good = writeScript(t, end, simple);
  assert.equal(here.original({ url: good, line: 99, column: 1 }), undefined);
  assert.equal(here.original({ url: good, line: 0, column: 0 }), undefined);
});

test('a process with another root: the files it sees, and no link out of them', {
  skip: isRoot ? needsPython : 'needs root',
}, async t => {
  const root = temporaryFolder(t);
  writeFileSync(join(root, 'app.js'), '//# sourceMappingURL=app.js.map');
  writeFileSync(join(root, 'app.js.map'), JSON.stringify(simple));
  const outside = writeScript(t, '//# sourceMappingURL=script.js.map', simple);
  execFileSync('ln', ['-s', outside, join(root, 'link.js')]);
  // A static program would be needed to run in there; a root can be seen of any process that changed its own.
  const inside = start(t, 'python3', [
    '-c',
    `import os, time; os.chroot(${JSON.stringify(root)}); print("in", flush=True); time.sleep(1000)`,
  ]);
  await until(() => inside.lines.includes('in'), 'it changed its root');
  const maps = new SourceMaps(inside.pid);
  assert.deepEqual(maps.original({ url: 'file:///app.js', line: 1, column: 1 }), {
    url: 'file:///a.ts',
    line: 1,
    column: 1,
  });
  assert.equal(maps.original({ url: '/link.js', line: 1, column: 1 }), undefined);
  const plain = await startNode(t, 'stay(); ready();');
  assert.equal(new SourceMaps(plain.pid).original({ url: 'file:///app.js', line: 1, column: 1 }), undefined);
});

/** `nops pprof -list` of compiled code: real compilers' output, run as a process and profiled by the real `nops cpu`. */

import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { encodeProfile } from '@nops/core/profile/encode';
import type { PprofResult, PprofRoutine } from '@nops/core/protocol/pprof-results';
import { nops, startWithAgent } from '../cli/helpers.js';
import { bundle, type Compiled, codeOf, compileWithTsc, withBanner, workSource } from '../support/compiled.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** The file of a second's profile. */
async function profileOf(t: TestContext, compiled: Compiled, folder: string): Promise<string> {
  const { pid } = await startWithAgent(codeOf(compiled));
  t.after(() => process.kill(pid, 'SIGKILL'));
  const file = join(folder, 'cpu.pb.gz');
  const written = await nops(['cpu', String(pid), '-s', '1', '-o', file]);
  assert.equal(written.code, 0, written.stderr);
  return file;
}

async function pprof(...args: string[]): Promise<string> {
  const ended = await nops(['pprof', ...args]);
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}

async function list(...args: string[]): Promise<PprofRoutine[]> {
  return (JSON.parse(await pprof('--json', ...args)) as PprofResult).routines ?? [];
}

/** The one function of that name with a source line that costs something; all its lines are those of the file. */
function only(routines: PprofRoutine[], name: string, { source, work, map }: Compiled): PprofRoutine {
  const found = routines.filter(routine => routine.name === name);
  const [routine] = found;
  assert.ok(routine !== undefined && found.length === 1, JSON.stringify(routines));
  assert.equal(routine.file, source);
  assert.deepEqual(routine.mapped, { file: work, map });
  const lines = workSource.split('\n');
  for (const line of routine.lines) assert.equal(line.source, lines[line.line - 1]);
  assert.equal(
    routine.lines.reduce((sum, { flat }) => sum + flat, 0),
    routine.flat,
  );
  return routine;
}

for (const [how, options] of [
  ['a map beside it, sources on the disk', ['--sourceMap']],
  ['a map and sources inside', ['--inlineSourceMap', '--inlineSources']],
] as const) {
  test(`output of tsc, ${how}: lines of the TypeScript with what they cost`, async t => {
    const folder = temporaryFolder(t);
    const compiled = compileWithTsc(folder, [...options]);
    const own = options[0] === '--sourceMap' ? compiled : { ...compiled, map: compiled.work };
    const profile = await profileOf(t, compiled, folder);
    if (options[0] !== '--sourceMap') rmSync(compiled.source);
    const routine = only(await list('-list=chargeOrder', profile), 'chargeOrder', own);
    const hot = routine.lines.find(({ source }) => source.includes('Math.sqrt'));
    const loop = routine.lines.find(({ source }) => source.includes('i < 2e5'));
    assert.ok((hot?.flat ?? 0) + (loop?.flat ?? 0) > 0, JSON.stringify(routine));

    const text = await pprof('-list=chargeOrder', profile);
    const by = own.map === own.work ? 'the source map in it' : own.map;
    assert.match(text, /^Total: .*\nMapped: /);
    assert.ok(text.includes(`\nMapped: ${own.work} by ${by}\nROUTINE ======================== chargeOrder in `), text);
    assert.match(text, /export function chargeOrder\(order: Order\): Cents \{\n/);

    const off = await pprof('-list=chargeOrder', '-no_source_maps', profile);
    assert.ok(off.includes(`chargeOrder in ${compiled.work}\n`), off);
    assert.doesNotMatch(off, /Mapped|: Order/);
  });
}

test('a minified bundle: each function under its own name, at its definition', async t => {
  const folder = temporaryFolder(t);
  const compiled = bundle(folder);
  withBanner(compiled, 3);
  const profile = await profileOf(t, compiled, folder);
  // One line of code, so V8 can't tell more than the function.
  for (const [name, line] of [
    ['chargeOrder', 9],
    ['formatOrder', 17],
  ] as const) {
    const routine = only(await list(`-list=${name}`, profile), name, compiled);
    assert.deepEqual(
      routine.lines.filter(({ cum }) => cum !== 0).map(each => each.line),
      [line],
    );
    assert.equal(routine.lines.find(each => each.line === line)?.flat, routine.flat);
  }
  // What -top calls it finds it too, and no other report is mapped.
  const top = JSON.parse(await pprof('--json', '-top', profile)) as PprofResult;
  const names = (top.rows ?? []).map(({ name }) => name);
  assert.ok(!names.includes('chargeOrder'), names.join());
  const minified = /function (\w+)\(/.exec(readFileSync(compiled.work, 'utf8'))?.[1] ?? '';
  assert.ok(names.includes(minified), names.join());
  const found = await list(`-list=^${minified}$`, profile);
  assert.ok(
    found.some(({ name }) => name === 'chargeOrder'),
    JSON.stringify(found),
  );
  assert.match(await pprof('-peek=chargeOrder|.', '-lines', profile), /bundle\.js:4/);

  assert.match(await pprof('-focus=.', '-list=takeTurn', profile), /takeTurn in \S+main\.ts\n/);
  // Without a column nobody can tell whose line it is.
  const bare = decodeProfile(gunzipSync(readFileSync(profile)));
  writeFileSync(profile, encodeProfile({ ...bare, columns: bare.columns.map(() => 0) }));
  assert.ok((await list(`-list=^${minified}$`, profile)).every(({ mapped }) => mapped === undefined));
});

test('a map that is damaged, missing or larger than it may be: the lines that ran, as without one', async t => {
  const folder = temporaryFolder(t);
  const compiled = compileWithTsc(folder);
  const profile = await profileOf(t, compiled, folder);
  const plain = await pprof('-list=chargeOrder', '-no_source_maps', profile);
  assert.notEqual(await pprof('-list=chargeOrder', profile), plain);
  const whole = readFileSync(compiled.map, 'utf8');
  const damaged = (change: object) => JSON.stringify({ ...JSON.parse(whole), ...change });
  const texts = ['', '{', '[]', 'null', '{"version":3}', whole.slice(0, -40)];
  const mappings = [42, null, 'A0BAA'.padStart(9, ';'), ';;;;AADD', ';;;;gggggggggggggggggggggggggggB'];
  for (const map of [...texts, ...mappings.map(value => damaged({ mappings: value })), damaged({ sources: 7 })]) {
    writeFileSync(compiled.map, map);
    assert.equal(await pprof('-list=chargeOrder', profile), plain, map);
  }
  // One byte more than is read.
  truncateSync(compiled.map, 64 * 1024 ** 2 + 1);
  assert.equal(await pprof('-list=chargeOrder', profile), plain);
  rmSync(compiled.map);
  assert.equal(await pprof('-list=chargeOrder', profile), plain);
  // Never over the network: whoever made the file must not learn that it was looked at.
  writeFileSync(compiled.work, readFileSync(compiled.work, 'utf8').replace(/URL=.*/, 'URL=http://127.0.0.1:9/a.map'));
  assert.equal(await pprof('-list=chargeOrder', profile), await pprof('-list=chargeOrder', '-no_source_maps', profile));
});

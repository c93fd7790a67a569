/** `nops pprof` without Go: formats of our own, sources, and what is refused. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { decodeProfile } from '@nops/core/profile/decode';
import { encodeProfile } from '@nops/core/profile/encode';
import { toSpeedscope } from '@nops/core/profile/formats/to-speedscope';
import { sampleCount } from '@nops/core/profile/model';
import type { PprofResult } from '@nops/core/protocol/pprof-results';
import { folder, nops, nopsPath, run } from './helpers.js';

/** Stacks are written from the root. */
function write(name: string, stacks: [string, number][], compress = true): string {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: 'wall', unit: 'nanoseconds' }],
    periodType: { type: 'wall', unit: 'nanoseconds' },
    period: 1e7,
    timeNanos: 0n,
    durationNanos: 1e9,
  });
  for (const [stack, millis] of stacks) {
    const locations = stack
      .split(' ')
      .map(f => builder.locationId([{ functionId: builder.functionId(f, '/srv/app.js', 1), line: 2, column: 3 }]));
    builder.addSample(locations.reverse(), [millis * 1e6], [{ key: 'route', text: `/${stack.length}` }]);
  }
  const path = join(folder, name);
  const bytes = encodeProfile(builder.build());
  writeFileSync(path, compress ? gzipSync(bytes) : bytes);
  return path;
}

const one = write('one.pb.gz', [
  ['main handle parse', 30],
  ['main handle', 10],
  ['main =evil|"x"', 60],
]);
const two = write('two.pb', [['main handle', 100]], false);

async function pprof(...args: string[]): Promise<string> {
  const ended = await nops(['pprof', ...args]);
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}

test('options have one dash or two, and values beside them or after =', async () => {
  const expected = await pprof('--top', '--focus', 'handle', one);
  assert.match(expected, /^ +30ms 30\.00% 30\.00% +30ms 30\.00% {2}parse$/m);
  for (const args of [
    ['-top', '-focus=handle'],
    ['-focus', 'handle'],
    ['-text', '--focus=handle'],
  ])
    assert.equal(await pprof(...args, one), expected);
});

test('files compressed or not, standard input, and several merged', async () => {
  assert.match(await pprof('-top', one, two), /^ +110ms 55\.00% .* 140ms 70\.00% {2}handle$/m);
  const child = spawn(process.execPath, [nopsPath, 'pprof', '-top', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(readFileSync(one));
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  assert.equal(text, await pprof('-top', one));
});

test('files of other formats: collapsed stacks, speedscope, Firefox, V8', async () => {
  const collapsed = join(folder, 'one.collapsed');
  writeFileSync(collapsed, await pprof('-collapsed', one));
  assert.match(await pprof('-top', collapsed), /^ +30000000 30\.00% .* {2}parse$/m);
  const speedscope = join(folder, 'one.speedscope.json');
  writeFileSync(speedscope, JSON.stringify(toSpeedscope(decodeProfile(gunzipSync(readFileSync(one))), 'one')));
  assert.match(await pprof('-top', speedscope), /^ +30ms 30\.00% .* {2}parse$/m);
  const firefox = join(folder, 'one.firefox.json.gz');
  writeFileSync(firefox, gzipSync(await pprof('-firefox', one)));
  assert.match(await pprof('-top', firefox), /^ +30ms 30\.00% .* {2}parse$/m);
  const busy = 'const end = Date.now() + 200; while (Date.now() < end) JSON.parse("[1,2]")';
  const name = 'busy.cpuprofile';
  await run(process.execPath, ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}`, '-e', busy]);
  assert.match(await pprof('-top', join(folder, name)), /^Type: wall$/m);
  const other = join(folder, 'other.json');
  writeFileSync(other, '{"a":1}');
  assert.match(
    (await nops(['pprof', other])).stderr,
    /no CPU or heap profile of V8, no Chrome trace, no file of speedscope or the Firefox Profiler/,
  );
});

test('a URL, with the seconds that are asked for, and what its server says when it refuses', async t => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.includes('heap')) response.writeHead(404).end('Unknown profile\n');
    else response.end(readFileSync(one));
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}/debug/pprof`;
  assert.equal(await pprof('-top', '-seconds=2', `${url}/profile`), await pprof('-top', one));
  assert.deepEqual(asked, ['/debug/pprof/profile?seconds=2']);
  const refused = await nops(['pprof', '-top', `${url}/heap`]);
  assert.equal(refused.code, 6);
  assert.match(refused.stderr, /\/debug\/pprof\/heap answered 404: Unknown profile/);
});

test('bases from URLs, a deadline, and what was fetched kept where PPROF_TMPDIR says', async t => {
  const server = createServer((request, response) => {
    if (request.url === '/slow') return;
    response.end(readFileSync(request.url === '/base' ? one : two));
  }).listen(0, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise(resolve => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  assert.equal(
    await pprof('-top', `-diff_base=${url}/base`, `${url}/two`, one),
    await pprof('-top', `-diff_base=${one}`, two, one),
  );
  const slow = await nops(['pprof', '-top', '-timeout=1', `${url}/slow`]);
  assert.equal(slow.code, 5);
  assert.match(slow.stderr, /did not answer|no answer|in time/i);
  const saved = join(folder, 'saved');
  for (const number of ['001', '002']) {
    const kept = await nops(['pprof', '-top', `${url}/two`, one], { PPROF_TMPDIR: saved });
    const path = join(saved, `pprof.wall.${number}.pb.gz`);
    assert.ok(kept.stderr.includes(`saved profile in ${path}\n`), kept.stderr);
    assert.equal(await pprof('-top', path), kept.stdout);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }
  await nops(['pprof', '-top', one], { PPROF_TMPDIR: saved });
  assert.equal(readdirSync(saved).length, 2);
});

test('several bases are taken off together', async () => {
  const both = await pprof('-top', `-base=${one}`, `-base=${two}`, one, two, two);
  assert.match(both, /^ +100ms {3}100% {3}100% +100ms {3}100% {2}handle$/m);
});

test('lines with their columns, when they are asked for', async () => {
  assert.match(await pprof('-top', '-lines', one), / {2}parse \/srv\/app\.js:2$/m);
  assert.match(await pprof('-top', '-lines', '-showcolumns', one), / {2}parse \/srv\/app\.js:2:3$/m);
});

test('csv, markdown and collapsed', async () => {
  const csv = await pprof('-csv', one);
  assert.match(csv, /^function,flat,flat_fraction,cum,cum_fraction,inline,type,unit\r\n/);
  assert.ok(csv.includes(`"'=evil|""x""",60000000,0.6,60000000,0.6,no,wall,nanoseconds\r\n`), csv);
  const markdown = await pprof('-markdown', one);
  assert.ok(markdown.includes('| 60ms | 60.00% | 60ms | 60.00% | `=evil\\|"x"` |\n'), markdown);
  assert.equal(
    await pprof('-collapsed', one),
    'main;handle;parse 30000000\nmain;handle 10000000\nmain;=evil|"x" 60000000\n',
  );
  // Nothing but the report, also when there is something to note.
  assert.doesNotMatch(await pprof('-csv', '-hide=nothing', one), /note/);
  assert.match(await pprof('-top', '-hide=nothing', one), /\nnote: Hide expression matched no samples\n$/);
});

test('-proto writes what the filters left, -o any other report', async () => {
  const file = join(folder, 'out.pb.gz');
  assert.match(await pprof('-proto', '-o', file, '-focus=parse', one), /^written to /);
  const profile = decodeProfile(gunzipSync(readFileSync(file)));
  assert.equal(sampleCount(profile), 1);
  assert.deepEqual(profile.functionNames, ['parse', 'handle', 'main']);
  await pprof('-top', '-o', join(folder, 'top.txt'), one);
  assert.equal(readFileSync(join(folder, 'top.txt'), 'utf8'), await pprof('-top', one));
});

test('as JSON: raw values and the unit that they are shown in', async () => {
  const result = JSON.parse(await pprof('-tree', '--json', one)) as PprofResult;
  assert.deepEqual(
    [result.schema, result.report, result.sampleType, result.sampleUnit, result.unit, result.total],
    ['nops.pprof/1', 'tree', 'wall', 'nanoseconds', 'ms', 1e8],
  );
  const handle = result.nodes?.find(node => node.name === 'handle');
  assert.deepEqual(handle, {
    name: 'handle',
    inline: 'no',
    flat: 1e7,
    cum: 4e7,
    callers: [{ name: 'main', weight: 4e7, inline: false }],
    callees: [{ name: 'parse', weight: 3e7, inline: false }],
  });
});

test('what is refused says what to do', async () => {
  const notThere = join(folder, 'absent.pb.gz');
  const text = join(folder, 'text.pb.gz');
  writeFileSync(text, 'no profile\n');
  for (const [args, message] of [
    [['-top', notThere], /there is no file .*absent\.pb\.gz/],
    [['-top', text], /this is not a readable pprof profile/],
    [['-top', '-tree', one], /one report at a time: -top, -tree/],
    [['-proto', one], /-proto needs a file to write to/],
    [['-top', '-lines', '-files', one], /conflicting options: -files and -lines/],
    [['-top', '-focus=(', one], /the focus "\(" is no regular expression/],
    [['-top', '-focus=(?=x)', one], /looks ahead or behind/],
    [['-peek=absent', one], /no matches found for regexp: absent/],
    [['-top', '-nodecount=many', one], /-nodecount is no whole number/],
    [['-top', '-sample_index=cpu', one], /sample_index "cpu" must be one of: wall/],
    [['-top', '-normalize', one], /must have base profile to normalize by/],
    [['-top', `-base=${one}`, `-diff_base=${one}`, two], /cannot both be specified/],
    [['-top', '-divide_by=0', one], /zero divisor/],
    [['-topp', one], /unknown option/],
  ] as const) {
    const ended = await nops(['pprof', ...args]);
    assert.equal(ended.code, 2, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`);
    assert.match(ended.stderr, message);
  }
  assert.ok(!existsSync('-o'));
});

test('names steer no terminal', async () => {
  const file = write('escape.pb.gz', [['main \u001b[2J\u0007', 10]]);
  for (const report of ['-top', '-tree', '-traces', '-raw', '-dot', '-collapsed', '-markdown'])
    assert.doesNotMatch(await pprof(report, file), /\u001b|\u0007/, report);
});

test('help lists the reports', async () => {
  const ended = await run(process.execPath, [nopsPath, 'pprof', '--help']);
  assert.match(ended.stdout, /--peek <regexp> /);
});

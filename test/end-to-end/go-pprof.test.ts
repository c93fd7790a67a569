/** Go's own pprof reads our profiles: from the agent's TCP listener, and from files. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { defaultTypeIndex, type Profile } from '@nops/core/profile/model';
import { topEntries } from '@nops/core/profile/top';
import type { InfoResult } from '@nops/core/protocol/results';
import { type Ended, nops, run } from '../cli/helpers.js';
import { startTarget } from '../support/target.js';
import { pprofPath, skip } from './go-tool.js';

/**
 * Timers call both by themselves, since an inlined function may appear as its caller. Without OSR: V8 13.6 (Node 24) does not know the code
 * of a loop that Maglev replaced before a profile began.
 */
const busy = `import v8 from 'node:v8';
v8.setFlagsFromString('--no-use-osr');
function burn(ms) { const end = performance.now() + ms; let x = 0; while (performance.now() < end) x += Math.sqrt(x + 1); return x; }
const kept = [];
function hoard() { for (let i = 0; i < 2000; i++) kept.push({ text: 'x'.repeat(100) + i, list: [i, i, i, i] }); }
setInterval(burn, 40, 20);
setInterval(hoard, 10);
async function pause(ms) { await new Promise(resolve => setTimeout(resolve, ms)); }
for (let i = 0; i < 50; i++) pause(1e9);
setInterval(pause, 500, 1e9);`;

interface Served {
  pid: number;
  folder: string;
  /** As `nops info` tells it, with the token. */
  url: string;
}

async function serve(t: TestContext): Promise<Served> {
  const target = await startTarget(t, busy, { env: { NOPS_LISTEN: '0' } });
  const info = await nops(['info', String(target.pid), '--json'], { NOPS_DIR: target.folder });
  assert.equal(info.code, 0, info.stderr);
  const { url } = JSON.parse(info.stdout) as InfoResult;
  assert.match(url ?? '', /^http:\/\/nops:[\w-]{16,}@127\.0\.0\.1:\d+$/);
  return { pid: target.pid, folder: target.folder, url: url ?? '' };
}

/** go tool pprof, which keeps what it fetches in PPROF_TMPDIR and its settings in HOME: both go with the test. */
async function pprof(t: TestContext, ...args: string[]): Promise<Ended> {
  const home = mkdtempSync(join(tmpdir(), 'nops-pprof-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return run(pprofPath, args, {
    HOME: home,
    PPROF_TMPDIR: home,
    XDG_CONFIG_HOME: home,
    http_proxy: '',
    HTTP_PROXY: '',
  });
}

/** `name` as pprof prints it: to Go what stands before a dot is a package. */
function row(name: string): RegExp {
  return new RegExp(`^ *\\S+ +\\S+% +\\S+% +\\S+ +\\S+% +${name}( \\(inline\\))?$`, 'm');
}

test('go tool pprof -top takes a CPU profile from the TCP listener', { skip }, async t => {
  const { url } = await serve(t);
  const ended = await pprof(t, '-top', '-seconds=1', `${url}/debug/pprof/profile`);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^Type: wall$/m);
  assert.match(ended.stdout, row('burn'));
  const files = await pprof(t, '-top', '-files', '-seconds=1', `${url}/debug/pprof/profile`);
  assert.match(files.stdout, row('/\\S*app\\.mjs'));
});

test('go tool pprof -top takes a heap profile from the TCP listener', { skip }, async t => {
  const { url } = await serve(t);
  for (const [type, unit] of [
    ['inuse_space', 'MB|kB|GB'],
    ['inuse_objects', ''],
  ] as const) {
    const ended = await pprof(t, '-top', `-sample_index=${type}`, '-seconds=1', `${url}/debug/pprof/heap`);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, new RegExp(`^Type: ${type}$`, 'm'));
    assert.match(ended.stdout, row('hoard'));
    assert.match(ended.stdout, new RegExp(`^Showing nodes accounting for [\\d.]+(${unit}),`, 'm'));
  }
});

test('go tool pprof -top takes allocs, which shows all that was allocated', { skip }, async t => {
  const { url } = await serve(t);
  const ended = await pprof(t, '-top', '-seconds=1', `${url}/debug/pprof/allocs`);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^Type: alloc_space$/m);
  assert.match(ended.stdout, row('hoard'));
});

test('go tool pprof takes goroutine: as it is, with -seconds, and with another as its -base', { skip }, async t => {
  const { url, folder } = await serve(t);
  const file = join(folder, 'before.pb.gz');
  const before = await pprof(t, '-proto', `-output=${file}`, `${url}/debug/pprof/goroutine`);
  assert.equal(before.code, 0, before.stderr);
  const top = await pprof(t, '-top', `${url}/debug/pprof/goroutine`);
  assert.match(top.stdout, /^Type: goroutine$/m);
  assert.match(top.stdout, row('pause'));
  const grown = await pprof(t, '-top', '-seconds=2', `${url}/debug/pprof/goroutine`);
  assert.equal(grown.code, 0, grown.stderr);
  assert.match(grown.stdout, row('pause'));
  const total = (text: string) => Number(/ of (\d+) total/.exec(text)?.[1]);
  assert.ok(total(grown.stdout) < total(top.stdout), 'only those that came meanwhile');
  const against = await pprof(t, '-top', `-base=${file}`, `${url}/debug/pprof/goroutine`);
  assert.equal(against.code, 0, against.stderr);
  assert.match(against.stdout, row('pause'));
});

test('go tool pprof takes block: what kept the event loop from coming round', { skip }, async t => {
  const { url } = await serve(t);
  const ended = await pprof(t, '-top', '-seconds=2', `${url}/debug/pprof/block?threshold=30`);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^Type: delay$/m);
  assert.match(ended.stdout, row('burn'));
  const counted = await pprof(
    t,
    '-top',
    '-sample_index=contentions',
    '-seconds=2',
    `${url}/debug/pprof/block?threshold=30`,
  );
  assert.match(counted.stdout, row('burn'));
});

/** The base is the shorter one, so that something is left. */
for (const [kind, grows] of [
  ['profile', 'burn'],
  ['heap', 'hoard'],
  ['allocs', 'hoard'],
  ['block?threshold=30', 'burn'],
] as const) {
  test(`go tool pprof takes ${kind} with another as its -base`, { skip }, async t => {
    const { url, folder } = await serve(t);
    const file = join(folder, 'base.pb.gz');
    const address = `${url}/debug/pprof/${kind}`;
    const base = await pprof(t, '-proto', '-seconds=1', `-output=${file}`, address);
    assert.equal(base.code, 0, base.stderr);
    const against = await pprof(t, '-top', '-seconds=3', `-base=${file}`, address);
    assert.equal(against.code, 0, against.stderr);
    assert.match(against.stdout, row(grows));
  });
}

test('go tool pprof shows the agent’s own words for what it refuses', { skip }, async t => {
  const { url } = await serve(t);
  const invalid = await pprof(t, '-top', `${url}/debug/pprof/profile?seconds=abc`);
  assert.notEqual(invalid.code, 0);
  assert.match(invalid.stderr, /invalid value for "seconds": "abc" - must be a whole number from 1 to 300/);
  const unknown = await pprof(t, '-top', `${url}/debug/pprof/mutex`);
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.stderr, /Unknown profile/);
});

test('go tool pprof is refused without the token and with a wrong one', { skip }, async t => {
  const { url } = await serve(t);
  const { host } = new URL(url);
  for (const address of [
    `http://${host}`,
    `http://nops:wrong-token-wrong@${host}`,
    `http://wrong-token-wrong@${host}`,
  ]) {
    const ended = await pprof(t, '-top', '-seconds=1', `${address}/debug/pprof/profile`);
    assert.notEqual(ended.code, 0, address);
    assert.match(ended.stderr, /401|token is needed/, address);
  }
});

/** Total of the shown sample type, and samples by `go tool pprof -raw`: lines like `  3  30000000: 1 2 4`. */
function rawTotals(raw: string): number[] {
  const samples = raw.slice(raw.indexOf('Samples:\n') + 'Samples:\n'.length, raw.indexOf('\nLocations'));
  const rows = samples
    .split('\n')
    .slice(1)
    .flatMap(line => /^ *(-?\d+) +(-?\d+): /.exec(line) ?? []);
  const sums = [0, 0];
  for (let i = 0; i < rows.length; i += 3) {
    sums[0] = (sums[0] ?? 0) + Number(rows[i + 1]);
    sums[1] = (sums[1] ?? 0) + Number(rows[i + 2]);
  }
  return sums;
}

function read(file: string): Profile {
  return decodeProfile(gunzipSync(readFileSync(file)));
}

test('a file that nops cpu wrote has the same totals and functions for go tool pprof and for us', { skip }, async t => {
  const { pid, folder } = await serve(t);
  const file = join(folder, 'cpu.pb.gz');
  const written = await nops(['cpu', String(pid), '-s', '1', '-o', file], { NOPS_DIR: folder });
  assert.equal(written.code, 0, written.stderr);
  const profile = read(file);
  const { entries, total, samples } = topEntries(profile, { limit: Number.POSITIVE_INFINITY });
  assert.equal(defaultTypeIndex(profile), 1);
  assert.ok(total > 0);
  const raw = await pprof(t, '-raw', file);
  assert.equal(raw.code, 0, raw.stderr);
  assert.deepEqual(rawTotals(raw.stdout), [samples, total]);

  const top = await pprof(t, '-top', '-unit=ns', '-nodefraction=0', '-nodecount=100000', file);
  assert.match(top.stdout, new RegExp(`Total samples = ${total}ns`));
  const flat = (name: string) => {
    const match = new RegExp(`^ *(\\d+)(?:ns)? +\\S+% +\\S+% +(\\d+)ns +\\S+% +${name}( \\(inline\\))?$`, 'm').exec(
      top.stdout,
    );
    return [Number(match?.[1]), Number(match?.[2])];
  };
  const burn = entries.find(entry => entry.function === 'burn');
  assert.deepEqual(flat('burn'), [burn?.flat, burn?.cum]);
});

test('go tool pprof reads the comments: how long it was idle', { skip }, async t => {
  const { url } = await serve(t);
  const ended = await pprof(t, '-comments', '-seconds=1', `${url}/debug/pprof/profile`);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^idle: \d+\.\d\d of \d+\.\d\d s waiting for events/m);
});

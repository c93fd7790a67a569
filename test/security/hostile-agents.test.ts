/**
 * Every command against processes that answer in place of an agent, in every way that harms who believes them. Each ends by itself, with the
 * truth or a refusal, never as a bug of nops, and within its memory. NOPS_SLOW=1: each command against each way.
 */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeAgentWays, genuineAnswers, type Hostile, inParallel, meet, startFakeAgent } from './hostile.js';

type Line = (target: string) => string[];
const plain =
  (...words: string[]): Line =>
  target => [words[0] ?? '', target, ...words.slice(1)];

/** Those that ask an agent for JSON. */
const asking: Record<string, Line> = {
  info: plain('info', '-s', '1'),
  'info --json': plain('info', '--json'),
  stats: plain('stats', '-s', '1'),
  stack: plain('stack'),
  async: plain('async'),
  sockets: plain('sockets'),
  fds: plain('fds'),
  memstats: plain('memstats'),
  pools: plain('pools', '-s', '1'),
  'pools --deep': plain('pools', '-s', '1', '--deep'),
  set: plain('set'),
  'set to': plain('set', 'http-1.maxSockets=9'),
  setgc: plain('setgc'),
  'setgc to': plain('setgc', '50'),
  gc: plain('gc'),
  version: plain('version'),
  detach: plain('detach', '--force'),
  list: () => ['list'],
  tree: plain('tree'),
  doctor: () => ['doctor'],
  top: plain('top', '--once', '-s', '1'),
};
/** Those that record. */
const recording: Record<string, Line> = {
  cpu: plain('cpu', '-s', '1'),
  heap: plain('heap', '-s', '1'),
  allocs: plain('allocs', '-s', '1'),
  'cpu --format': plain('cpu', '-s', '1', '--format', 'cpuprofile'),
  trace: plain('trace', '-s', '1'),
  report: plain('report', '-s', '1'),
  ui: plain('ui', '-s', '1', '-o', 'page.html'),
  'ui --heap': plain('ui', '--heap', '-s', '1', '-o', 'page.html'),
  pprof: target => ['pprof', '-top', '-seconds', '1', target],
};

/** What is done to the fields of an answer; each command meets some of them. */
const toFields = [
  'escapes',
  'texts for numbers',
  'numbers for texts',
  'objects for all',
  'nulls',
  'not a number',
  'infinite',
  'huge',
  'negative',
  'every third field is missing',
  'lists are empty',
  'empty',
  'another’s pid',
];
const toProfiles = [
  'gzipped zeros',
  'gzipped noise',
  'a cut profile',
  'two bytes a sample',
  'lines without end',
  'bytes',
  'elsewhere',
];

/** What help says: a trace takes what it takes. */
const maxBytes = { usual: 300e6, trace: 2e9 };
/** A hang: each ends much sooner by itself, on a machine that has nothing else to do; `async` gives an agent 60 s, as its help says. */
const hangMs = 60_000;
const asyncHangMs = 75_000;
/** They read the process from outside. */
const readsProcess = /^(list|tree|doctor|top)$/;
/** They get the path of a socket (`targetOf`), so no start time is expected of what answers there. */
const getsAddress = /^(async|sockets|fds)$/;
/** With NOPS_SLOW=1 these are some 900 commands, and some of them wait until their deadline. */
const timeout = process.env['NOPS_SLOW'] === '1' ? 1_800_000 : 600_000;
const exitCodes = new Set([0, 1, 2, 3, 4, 5, 6]);

interface Case {
  way: string;
  command: string;
  line: Line;
}

function chosen(): Case[] {
  const all = Object.entries({ ...asking, ...recording });
  const cases: Case[] = [];
  const add = (way: string, [command, line]: [string, Line]) => cases.push({ way, command, line });
  if (process.env['NOPS_SLOW'] === '1') {
    for (const way of fakeAgentWays()) for (const one of all) add(way, one);
    return cases;
  }
  for (const [index, one] of Object.entries(asking).entries()) {
    for (const step of [0, 4, 9]) add(toFields[(index + step) % toFields.length] ?? '', one);
  }
  for (const [index, one] of Object.entries(recording).entries()) {
    for (const step of [0, 2, 3]) add(toProfiles[(index + step) % toProfiles.length] ?? '', one);
  }
  const fewer = all.filter(([name]) => name === 'stats' || name === 'detach');
  for (const way of fakeAgentWays()) {
    if (!toFields.includes(way) && !toProfiles.includes(way)) for (const one of fewer) add(way, one);
  }
  return cases;
}

/** By its pid; those that would read /proc instead, by the path of its socket. */
function targetOf({ command }: Case, { pid, folder }: Hostile): string {
  if (!/async|sockets|fds/.test(command)) return String(pid);
  const name = readdirSync(folder).find(file => file.endsWith('.sock')) ?? '';
  return `unix:${join(folder, name)}`;
}

test('agents that lie: the truth or a refusal, in time and within bounds', { timeout }, async t => {
  const answers = await genuineAnswers(t);
  const cases = chosen();
  const hostile = new Map<string, Hostile>();
  for (const { way } of cases) if (!hostile.has(way)) hostile.set(way, await startFakeAgent(t, way, answers));
  await inParallel(cases, 4, async one => {
    const process = hostile.get(one.way);
    assert.ok(process !== undefined);
    const args = one.line(targetOf(one, process));
    const { code, stderr, peakBytes, tookMs } = await meet(
      t,
      process,
      args,
      one.command === 'async' ? asyncHangMs : hangMs,
    );
    const what = `${one.way}: nops ${args.join(' ')} ended with ${code} after ${Math.round(tookMs)} ms: ${stderr.slice(0, 500)}`;
    await t.test(`${one.way}: ${one.command}`, () => {
      assert.ok(code !== null && exitCodes.has(code), what);
      assert.doesNotMatch(stderr, /bug in nops|^\s+at /m, what);
      const most = one.command === 'trace' ? maxBytes.trace : maxBytes.usual;
      assert.ok(peakBytes < most, `${Math.round(peakBytes / 1e6)} MB; ${what}`);
      if (/^another(’s name| start time)$/.test(one.way) && !readsProcess.test(one.command)) {
        if (getsAddress.test(one.command)) {
          if (one.way === 'another’s name') assert.equal(code, 5, what);
          return;
        }
        assert.equal(code, 4, what);
        assert.match(
          stderr,
          /process \d+ \(start time \d+\) answered .* where process \d+ \(start time \d+\) was expected/,
        );
      }
    });
  });
});

test('what is malformed is named: the endpoint, the field, what it must be and what it is', async t => {
  const answers = await genuineAnswers(t);
  const seen = async (way: string, ...args: string[]) => {
    const process = await startFakeAgent(t, way, answers);
    const { code, stdout, stderr } = await meet(
      t,
      process,
      [args[0] ?? '', String(process.pid), ...args.slice(1)],
      hangMs,
    );
    return { code, stdout, stderr };
  };
  const gc = await seen('texts for numbers', 'gc');
  assert.equal(gc.code, 5);
  assert.match(
    gc.stderr,
    /^nops: the agent’s answer to gc is malformed: pid must be a whole number, 0 or more, got a string$/m,
  );
  const pools = await seen('nulls', 'pools', '-s', '1');
  assert.match(pools.stderr, /answer to pools is malformed: pid must be .*, got null/);
  const deep = await seen('deep brackets', 'stack', '--json');
  assert.match(deep.stdout, /answer to stack is malformed: it is nested deeper than \d+/);
  const zeros = await seen('gzipped zeros', 'cpu', '-s', '1');
  assert.deepEqual(
    [zeros.code, /the agent’s profile is malformed: it unpacks to more than/.test(zeros.stderr)],
    [5, true],
    zeros.stderr,
  );
  // What can be read from outside is, and the answer says why.
  const stats = await seen('not a number', 'stats', '-s', '1', '--json');
  const { way, notes } = JSON.parse(stats.stdout) as { way: string; notes: string[] };
  assert.deepEqual([stats.code, way], [0, 'beside']);
  assert.match(notes.join('\n'), /answer to stats is malformed/);
  // The proof that the fake is asked at all: what is genuine is believed.
  const genuine = await seen('genuine', 'stats', '-s', '1', '--json');
  assert.equal((JSON.parse(genuine.stdout) as { way: string }).way, 'agent');
});

/** docs/commands.md: every gops subcommand has a counterpart that answers, against a real process with an agent in it. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeProfile } from '@nops/core/profile/decode';
import { folder, nops, startWithAgent } from './helpers.js';

/** What gops offers; from `gops help` of github.com/google/gops at a2d8f77, in the table's order. */
const gops =
  `(none) <pid> <pid>_2s help process tree stack gc setgc memstats stats version pprof-cpu pprof-heap trace`.split(' ');

interface Row {
  gops: string;
  nops: string[];
}

/** Rows of the first table: `gops x` in its first cell, one or two commands of nops in its second. */
function rows(): Row[] {
  const text = readFileSync(new URL('../../../docs/commands.md', import.meta.url), 'utf8');
  return text.split('\n').flatMap(line => {
    const [, left = '', right = ''] = line.split('|').map(cell => cell.trim());
    const known = /^`gops ?(.*)`$/.exec(left)?.[1];
    return known === undefined
      ? []
      : [{ gops: known, nops: [...right.matchAll(/`nops ?([^`]*)`/g)].map(m => m[1] ?? '') }];
  });
}

/** `setgc <pid> 50` is `setgc`, `<pid> 2s` is `<pid>_2s`. */
function nameOf(command: string): string {
  if (command === '') return '(none)';
  return command.startsWith('<pid>') ? command.replace(' ', '_') : (command.split(' ')[0] ?? '');
}

test('each gops subcommand has a row', () => {
  assert.deepEqual(
    rows().map(row => nameOf(row.gops)),
    gops,
  );
});

/** What an answer has that no other's has, by the name of the command that it answers; `pid` is of the process that is asked. */
const answers: Record<string, (pid: number) => RegExp[]> = {
  '(none)': pid => [/^ *PID +PPID +NAME +NODE +AGENT /, line(`${pid} +${process.pid} +node -e +${node} +yes .*`)],
  '<pid>': pid => [line(`pid +${pid}`), line(`agent +\\d.*`), /^ways to look$/m],
  '<pid>_2s': pid => [line(`pid +${pid}`), line('cpu .* over 2 s'), line('event loop +delay p50 .*')],
  help: () => [/^Usage:\n {2}nops /m, /^Commands:\n {2}list /m],
  process: pid => [line(`pid +${pid}`), line(`agent +\\d.*`), /^ways to look$/m],
  tree: pid => [
    line(`[│├└─ ]*${pid} \\[\\*\\] \\(node -e\\) \\{v${node}\\}.*`),
    line('.*└── thread \\d+ \\(nops agent\\)'),
  ],
  stack: pid => [line(`main thread ${pid} .*`), line('other threads'), line('pending'), line(' +handles +.*Timeout.*')],
  gc: () => [/^ +BEFORE +AFTER +FREED$/m, line('heap used +\\S+ .?B +\\S+ .?B +.*'), line('collected in .*s')],
  setgc: () => [line('growingPercent set to 50, was auto'), line('growing percent +50 % .*')],
  memstats: () => [line('heap +.* used of .*, limit .*'), line('RSS .*'), line('old_space +.*')],
  stats: () => [
    line('requests in +0 in flight, .*'),
    line('event loop +delay p50 .*'),
    line('GC +\\d+ collections?, .*'),
  ],
  version: pid => [line(`process +${pid}`), line(`node +${node}`), line(`V8 +${quoted(process.versions.v8)}`)],
  'pprof-cpu': () => [line('.* in \\d+ samples? over 1(?:\\.\\d+)? s'), line('written to .*pprof-cpu\\.pb\\.gz')],
  cpu: () => [line('.* in \\d+ samples? over 1(?:\\.\\d+)? s'), line('written to .*/cpu\\.pb\\.gz')],
  'pprof-heap': () => [line('.* in use in about .* objects, .*'), line('written to .*pprof-heap\\.pb\\.gz')],
  heap: () => [line('.* in use in about .* objects, .*'), line('written to .*/heap\\.pb\\.gz')],
  trace: pid => [
    line(`.*: process ${pid}, Node .*`),
    line('event loop +.* busy'),
    line('written to .*/trace\\.json\\.gz: .*'),
  ],
};

const quoted = (text: string): string => text.replaceAll('.', '\\.');
const node = quoted(process.versions.node);
const line = (text: string): RegExp => new RegExp(`^ *${text}$`, 'm');

/** Sample types of the files that are written. */
const sampleTypes: Record<string, string[]> = {
  cpu: ['samples/count', 'wall/nanoseconds'],
  heap: ['inuse_objects/count', 'inuse_space/bytes'],
};

function typesIn(file: string): string[] {
  const { sampleTypes: types } = decodeProfile(gunzipSync(readFileSync(file)));
  return types.map(({ type, unit }) => `${type}/${unit}`);
}

test('the counterpart in each row answers what it is asked', async t => {
  const { pid } = await startWithAgent('setInterval(() => {}, 10); console.log("ready")');
  const out = mkdtempSync(join(folder, 'profiles-'));
  const seen = new Set<string>();
  for (const row of rows()) {
    for (const command of row.nops) {
      const name = nameOf(command);
      seen.add(name);
      await t.test(`nops ${command}`, async () => {
        const args = command
          .split(' ')
          .filter(Boolean)
          .map(word => (word === '<pid>' ? String(pid) : word));
        // The shorter name stands for the same command; what is asked of all profiles is asked here too.
        const kind = /^(?:pprof-)?(cpu|heap)$/.exec(name)?.[1];
        const file = join(out, `${name}.pb.gz`);
        if (kind !== undefined && args.length === 1) args.push(String(pid));
        if (kind !== undefined) args.push('-s', '1', '-o', file);
        if (name === 'trace') args.push('-s', '1', '-o', join(out, 'trace.json.gz'));
        const ended = await nops(args);
        assert.deepEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: '' });
        const wanted = answers[name]?.(pid) ?? assert.fail(`what does nops ${command} answer?`);
        for (const part of wanted) assert.match(ended.stdout, part);
        if (kind !== undefined) assert.deepEqual(typesIn(file), sampleTypes[kind]);
      });
    }
  }
  assert.deepEqual([...seen].sort(), Object.keys(answers).sort());
});

test('an alias is the command', async () => {
  assert.equal((await nops(['pprof-cpu', '--help'])).stdout, (await nops(['cpu', '--help'])).stdout);
  assert.equal((await nops(['help', 'pprof-heap'])).stdout, (await nops(['heap', '--help'])).stdout);
});

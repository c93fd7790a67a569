/** docs/commands.md: every gops subcommand has a counterpart that answers, against a real process with an agent in it. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
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

test('the counterpart in each row answers', async t => {
  const { pid } = await startWithAgent('setInterval(() => {}, 10); console.log("ready")');
  const out = mkdtempSync(join(folder, 'profiles-'));
  for (const row of rows()) {
    for (const command of row.nops) {
      await t.test(`nops ${command}`, async () => {
        const args = command
          .split(' ')
          .filter(Boolean)
          .map(word => (word === '<pid>' ? String(pid) : word));
        // The shorter name stands for the same command; what is asked of all profiles is asked here too.
        const profiles = /^(pprof-)?(cpu|heap)$/.test(args[0] ?? '');
        if (profiles && args.length === 1) args.push(String(pid));
        if (profiles) args.push('-s', '1', '-o', join(out, `${args[0]}.pb.gz`));
        const ended = await nops(args);
        assert.equal(ended.code, row.gops.startsWith('trace') ? 6 : 0, ended.stderr);
        if (ended.code === 0) assert.ok(ended.stdout.length > 0);
      });
    }
  }
});

test('an alias is the command', async () => {
  assert.equal((await nops(['pprof-cpu', '--help'])).stdout, (await nops(['cpu', '--help'])).stdout);
  assert.equal((await nops(['help', 'pprof-heap'])).stdout, (await nops(['heap', '--help'])).stdout);
});

/**
 * Compares `nops pprof` with `go tool pprof`: the same report on the same profile, line for line. Differences that are known, each with
 * its cause:
 *
 * - Edges of one node with equal weights of different signs have no order in Go (its sort takes neither for less): the lines of a block
 *   are compared sorted, in differences only.
 * - In -dot of differences Go orders nodes by the logarithm of negative shares, so there only what nodes say is compared, not their order.
 * - Warnings are notes after the report here, and on standard error there.
 * - Nodes with equal names and values have no order in Go, which tells them apart by what it does not show.
 * - The time of a merge is the earliest that is known here, and none in Go where a profile after the first has none.
 * - Locations are numbered by their order here; Go's -raw of a single file shows the numbers that the file has.
 * - What older Gos do otherwise is in go-tool.ts.
 * - Times in zones whose short name Node does not know are told as GMT+1 (not reached here: TZ is UTC).
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Ended, nops, run } from '../cli/helpers.js';
import { oldDifference, pprofPath, withoutOldDifferences } from './go-tool.js';

export const fixtures = fileURLToPath(new URL('../../fixtures/pprof/', import.meta.url));
export const home = mkdtempSync(join(tmpdir(), 'nops-pprof-'));
after(() => rmSync(home, { recursive: true, force: true }));

export const env = { TZ: 'UTC', HOME: home, PPROF_TMPDIR: home, XDG_CONFIG_HOME: home };

export function goPprof(args: string[]): Promise<Ended> {
  return run(pprofPath, ['-symbolize=none', ...args], env);
}

/** What Go's order leaves open, see above. */
function comparable(text: string, args: string[]): string[] {
  const lines = withoutOldDifferences(text)
    .split('\n')
    .filter(line => !line.startsWith('note: '));
  const isDiff = args.some(arg => /base=/.test(arg));
  if (!isDiff) return lines;
  if (args[0] === '-dot')
    return lines.flatMap(line => /^N\d+ \[(label=".*?").*shape=box /.exec(line)?.[1] ?? []).sort();
  if (args[0] !== '-tree' && !args[0]?.startsWith('-peek')) return lines;
  return lines
    .join('\n')
    .split(/^(?=-{20})/m)
    .map(block => block.split('\n').sort().join('\n'));
}

/**
 * Each is a test of its own, named without temporary folders, which differ in each run. `atRandom`: both may refuse a command or have
 * nothing to say.
 */
export async function assertAllSame(t: TestContext, commands: string[][], atRandom = false): Promise<void> {
  for (const args of commands) {
    const name = args.map(arg => arg.replace(/[^=:]*\//g, '')).join(' ');
    await t.test(name, { skip: oldDifference(args) ?? false }, () => assertSame(args, atRandom));
  }
}

async function assertSame(args: string[], atRandom: boolean): Promise<void> {
  const [theirs, ours] = await Promise.all([goPprof(args), nops(['pprof', ...args], env)]);
  if (atRandom && theirs.code !== 0) {
    assert.equal(ours.code, 2, `${args.join(' ')}: only Go refuses it: ${theirs.stderr}`);
    return;
  }
  assert.equal(theirs.code, 0, `${args.join(' ')}: ${theirs.stderr}`);
  assert.equal(ours.code, 0, `${args.join(' ')}: ${ours.stderr}`);
  // Go's program has no comments, and that of C++ no labels.
  const mayBeEmpty = atRandom || args[0] === '-comments' || args.at(-1)?.includes('/cpp-');
  assert.ok(theirs.stdout.length > 0 || mayBeEmpty, args.join(' '));
  assert.deepEqual(comparable(ours.stdout, args), comparable(theirs.stdout, args), args.join(' '));
}

export function fixture(name: string): string {
  return join(fixtures, name);
}

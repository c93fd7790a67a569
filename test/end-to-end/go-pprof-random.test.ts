/**
 * Reports with options chosen at random, on profiles made at random, as `go tool pprof` writes them. Each seed is the same commands in each
 * run. Names are unique, since Go has no order for nodes of one name; there is no -dot of a difference (go-compare.ts).
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ProfileBuilder } from '@nops/core/profile/builder';
import { encodeProfile } from '@nops/core/profile/encode';
import type { Label, Profile } from '@nops/core/profile/model';
import { randomFrom } from '../support/random.js';
import { assertAllSame } from './go-compare.js';
import { skip } from './go-tool.js';

const names = [
  'main.work',
  'github.com/a/b/v2.(*T).Do',
  'a/b/c',
  'org.x.Foo.bar(int)',
  'ns::Klass::method',
  '(anonymous)',
  'größe',
  'a b',
];
const files = ['', '/srv/app/src/a.js', '/srv/app/src/../lib/b.js', 'node:internal/tls', 'src/c.go'];
const texts = ['feed', 'item', 'tag1', 'tag13', '', 'with space'];
const numbers = [0n, 1n, 16n, 1000n, 4096n, 2n ** 20n, 5_000_000_000n, -7n];
const commandsPerSeed = 14;

function chooser(seed: number) {
  const random = randomFrom(seed);
  const below = (count: number) => Math.floor(random() * count);
  return { below, pick: <T>(list: readonly T[]) => list[below(list.length)] as T };
}

function madeProfile(seed: number): Profile {
  const { below, pick } = chooser(seed);
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
      { type: 'space', unit: 'bytes' },
    ],
    defaultSampleType: pick(['', 'cpu', 'space']),
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: 1e6,
    timeNanos: 1_790_000_000_000_000_000n + BigInt(seed),
    durationNanos: pick([0, 2e9, 123_456_789]),
    comments: pick([[], ['hello', '#hidden'], ['a note', 'other']]),
  });
  const functions = Array.from({ length: 30 }, (_, i) => builder.functionId(`${pick(names)}${i}`, pick(files), 0));
  const line = () => ({ functionId: pick(functions), line: 1 + below(30), column: pick([0, 0, 1, 5, 17]) });
  const locations = Array.from({ length: 80 }, () =>
    builder.locationId(Array.from({ length: pick([1, 1, 1, 2, 3]) }, line)),
  );
  const label = (): Label =>
    below(2) === 0
      ? { key: pick(['route', 'step', 'key1', 'key2']), text: pick(texts) }
      : { key: pick(['bytes', 'request']), number: pick(numbers), unit: pick(['bytes', '', 'milliseconds']) };
  for (let i = 100; i > 0; i--) {
    const count = pick([0, 1, 1, 2, 10, 100]);
    const values = [count, count * 1e6 + below(1000), below(8) === 0 ? -below(1e6) : below(1e7)];
    const stack = Array.from({ length: below(9) }, () => pick(locations));
    builder.addSample(stack, values, Array.from({ length: pick([0, 0, 1, 1, 2, 3]) }, label));
  }
  return { ...builder.build(), docUrl: pick(['', 'https://example.org/doc']) };
}

const expressions = ['main', 'Klass', 'a', '\\.js', '(?i)FOO', '^$', 'nothing', 'größe'];
const reports = ['-top', '-text', '-tree', '-traces', '-tags', '-raw', '-dot', '-comments', '-peek=a', '-peek=Klass'];
const options: Record<string, readonly string[]> = {
  lines: [],
  addresses: [],
  files: [],
  cum: [],
  noinlines: [],
  showcolumns: [],
  mean: [],
  relative_percentages: [],
  compact_labels: [],
  drop_negative: [],
  nodecount: ['1', '5', '200'],
  nodefraction: ['0', '0.01', '0.1'],
  edgefraction: ['0', '0.1'],
  ...Object.fromEntries(
    ['focus', 'ignore', 'hide', 'show', 'show_from', 'prune_from'].map(name => [name, expressions]),
  ),
  tagfocus: ['feed', 'route=feed,item', 'key[12]', '1kb:', 'bytes=:100b'],
  tagignore: ['item', 'tag[13]', '16b:64b'],
  tagshow: ['route', 'bytes'],
  taghide: ['step', 'key'],
  tagroot: ['route', 'bytes'],
  tagleaf: ['step', 'key2,key1'],
  sample_index: ['0', '1', 'space'],
  divide_by: ['2', '1000', '0.5'],
  unit: ['ms', 'kb', 'auto', 'seconds'],
};
const granularities = ['lines', 'addresses', 'files'];

function madeCommand(seed: number, profiles: readonly string[]): string[] {
  const { below, pick } = chooser(seed);
  const report = pick(reports);
  const chosen = new Set(Array.from({ length: below(4) }, () => pick(Object.keys(options))));
  for (const name of granularities.filter(each => chosen.has(each)).slice(1)) chosen.delete(name);
  const args = [...chosen].map(name => {
    const values = options[name] ?? [];
    return values.length === 0 ? `-${name}` : `-${name}=${pick(values)}`;
  });
  const [first = '', second = ''] = profiles;
  const base = report === '-dot' || below(3) > 0 ? [] : [`${pick(['-base=', '-diff_base='])}${second}`];
  return [report, ...args, ...base, ...(below(5) === 0 ? profiles : [first])];
}

for (const seed of [1, 2, 3, 4]) {
  test(`random reports, seed ${seed}`, { skip }, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'nops-random-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const profiles = [2 * seed, 2 * seed + 1].map(each => join(folder, `${each}.pb`));
    for (const [i, path] of profiles.entries()) writeFileSync(path, encodeProfile(madeProfile(2 * seed + i)));
    const commands = Array.from({ length: commandsPerSeed }, (_, i) => madeCommand(seed * 1000 + i, profiles));
    await assertAllSame(t, commands, true);
  });
}

/** -showcolumns, which Debian's pprof does not know, against adding up by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '@nops/core/profile/report/config';
import { makeReport } from '@nops/core/profile/report/report';
import { randomProfile } from './profiles.js';
import { type Frame, plain } from './twin.js';

type Costs = Map<string, { flat: number; cum: number }>;

/** As -lines names a line, with its column where there is one. */
function namesOf({ lines }: Frame): string[] {
  if (lines.length === 0) return ['<unknown>'];
  return lines.map(({ name, file, line, column }) => {
    const place = line === 0 ? file : `${file}:${line}${column === 0 ? '' : `:${column}`}`;
    return [name, place].filter(part => part !== '').join(' ') || '<unknown>';
  });
}

test('lines are told apart by their columns, and only when asked', () => {
  let apart = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomProfile(seed);
    // Small values, whose sums are exact; no mappings, which tell nodes of the same name apart.
    const profile = {
      ...random,
      values: random.values.map((_, i) => (i % 7) + 1),
      exactValues: undefined,
      lines: random.lines.map(() => 5),
      columns: random.columns.map((_, k) => k % 3),
      mappings: [],
      locationMappings: random.locationMappings.map(() => 0),
      addresses: random.addresses.map(() => 0n),
    };
    const config = { ...defaultConfig, granularity: 'lines' as const, trim: false, sample_index: '0' };
    const rowsOf = (showcolumns: boolean): Costs => {
      const { rows = [] } = makeReport(profile, 'top', undefined, { ...config, showcolumns }, () => ({
        error: '',
      })).result;
      const costs: Costs = new Map();
      for (const { name, flat, cum } of rows) {
        const known = costs.get(name) ?? { flat: 0, cum: 0 };
        costs.set(name, { flat: known.flat + flat, cum: known.cum + cum });
      }
      return costs;
    };
    const expected: Costs = new Map();
    for (const { stack, values } of plain(profile)) {
      const value = Number(values[0]);
      const frames = stack.flatMap(namesOf);
      for (const [i, name] of frames.entries()) {
        const costs = expected.get(name) ?? { flat: 0, cum: 0 };
        if (i === 0) costs.flat += value;
        if (frames.indexOf(name) === i) costs.cum += value;
        expected.set(name, costs);
      }
    }
    for (const [name, { flat, cum }] of expected) if (flat === 0 && cum === 0) expected.delete(name);
    const sorted = (costs: Costs) => [...costs].sort(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(sorted(rowsOf(true)), sorted(expected), `seed ${seed}`);
    if (rowsOf(false).size < expected.size) apart++;
  }
  assert.ok(apart > 10, String(apart));
});

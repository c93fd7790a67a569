/** Two profiles, function by function, as shares of their totals: so a longer recording is no regression. */

import type { DiffCost, DiffRow, DiffSide } from '../protocol/pprof-results.js';
import { confidence } from './confidence.js';
import type { Profile, ValueType } from './model.js';
import { defaultConfig } from './report/config.js';
import { buildGraph } from './report/graph.js';
import { prepareReport } from './report/prepare.js';
import { sampleIndexByName } from './sample-index.js';

export interface Comparison {
  type: ValueType;
  before: Omit<DiffSide, 'name'>;
  after: Omit<DiffSide, 'name'>;
  /** The largest change of cum first. */
  rows: DiffRow[];
}

interface Side {
  total: number;
  samples: number | null;
  costs: Map<string, DiffCost>;
  counts: Map<string, DiffCost>;
}

/** Functions are told apart by name. `sampleIndex`: a sample type that both have, '' for the default of `after`. */
export function compareProfiles(before: Profile, after: Profile, sampleIndex: string): Comparison {
  const type = after.sampleTypes[sampleIndexByName(after, sampleIndex)] ?? { type: '', unit: '' };
  const name = type.type;
  const [old, now] = [sideOf(before, name), sideOf(after, name)];
  const none = { flat: 0, cum: 0 };
  const functions = new Set([...old.costs.keys(), ...now.costs.keys()]);
  const rows = [...functions].map((key): DiffRow => {
    const [was, is] = [old.costs.get(key) ?? none, now.costs.get(key) ?? none];
    const points = (column: keyof DiffCost) => share(is[column], now.total) - share(was[column], old.total);
    const sure = (column: keyof DiffCost) =>
      old.samples === null || now.samples === null
        ? null
        : confidence(
            { hits: (old.counts.get(key) ?? none)[column], samples: old.samples },
            { hits: (now.counts.get(key) ?? none)[column], samples: now.samples },
          );
    return {
      function: key,
      before: was,
      after: is,
      flatPoints: points('flat'),
      cumPoints: points('cum'),
      flatConfidence: sure('flat'),
      cumConfidence: sure('cum'),
    };
  });
  rows.sort((a, b) => Math.abs(b.cumPoints) - Math.abs(a.cumPoints) || Math.abs(b.flatPoints) - Math.abs(a.flatPoints));
  const told = ({ total, samples }: Side) => ({ total, samples });
  return { type, before: told(old), after: told(now), rows };
}

/** In percent. */
function share(value: number, total: number): number {
  return total === 0 ? 0 : (value / total) * 100;
}

function sideOf(profile: Profile, name: string): Side {
  const prepared = prepareReport(profile, 'top', { ...defaultConfig, sample_index: name });
  const costsOf = (type: number) => {
    const nodes = buildGraph(prepared.profile, { type, divisor: undefined, objects: false, dropNegative: false });
    return new Map(nodes.map(node => [node.name, { flat: node.flat, cum: node.cum }]));
  };
  const costs = costsOf(prepared.type);
  const counted = countType(profile);
  if (counted === undefined) return { total: prepared.total, samples: null, costs, counts: new Map() };
  const counts = costsOf(counted);
  const types = profile.sampleTypes.length;
  const samples = profile.values.reduce((sum, value, at) => (at % types === counted ? sum + value : sum), 0);
  return { total: prepared.total, samples, costs, counts };
}

/** The sample type that counts samples. Objects of heap profiles are estimates: they count none. */
function countType({ sampleTypes }: Profile): number | undefined {
  const found = sampleTypes.findIndex(({ type, unit }) => unit === 'count' && /^samples?$/.test(type));
  return found < 0 ? undefined : found;
}

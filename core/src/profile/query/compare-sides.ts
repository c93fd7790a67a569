/** What changed between two selections of the same store: the earlier one scaled to the total of the later, and how sure it is. */

import { confidence } from '../confidence.js';

export interface Side {
  /** By group. */
  selfs: Float64Array;
  totals: Float64Array;
  total: number;
  /** Samples that each group was seen in; undefined where the profile counts none. */
  hits: { selfs: Float64Array; totals: Float64Array; samples: number } | undefined;
}

export interface Difference {
  /** By group: percentage points of the respective totals. */
  selfPoints: Float64Array;
  totalPoints: Float64Array;
  /** 0 to 1; NaN where it can't be told. */
  selfConfidence: Float64Array;
  totalConfidence: Float64Array;
}

export function difference(before: Side, after: Side): Difference {
  const points = (column: 'selfs' | 'totals') =>
    Float64Array.from(
      after[column],
      (now, g) => percent(now, after.total) - percent(before[column][g] ?? 0, before.total),
    );
  const sure = (column: 'selfs' | 'totals') =>
    Float64Array.from(after[column], (_, g) => {
      if (before.hits === undefined || after.hits === undefined) return Number.NaN;
      return confidence(
        { hits: before.hits[column][g] ?? 0, samples: before.hits.samples },
        { hits: after.hits[column][g] ?? 0, samples: after.hits.samples },
      );
    });
  return {
    selfPoints: points('selfs'),
    totalPoints: points('totals'),
    selfConfidence: sure('selfs'),
    totalConfidence: sure('totals'),
  };
}

function percent(value: number, total: number): number {
  return total === 0 ? 0 : (value / total) * 100;
}

/** The condition of `--fail-if`: `cum > +5%`, `flat > +2.5%`. */

import { confidenceOfEach } from '@nops/core/profile/confidence';
import { NopsError } from '@nops/core/protocol/errors';
import type { DiffRow } from '@nops/core/protocol/pprof-results';

export interface Threshold {
  column: 'flat' | 'cum';
  /** Percentage points of the total. */
  points: number;
  /** How sure it must be that none of the changes is an accident. */
  confidence: number;
}

/** Throws `usage` for another condition. */
export function parseThreshold(text: string, confidence: number): Threshold {
  const found = /^\s*(flat|cum)\s*>\s*\+?(\d+(?:\.\d+)?)\s*%\s*$/.exec(text);
  if (found === null) {
    throw new NopsError(
      'usage',
      `--fail-if is no condition: ${JSON.stringify(text)}`,
      "For example --fail-if 'cum > +5%': a function's share of the total grew by more than 5 percentage points.",
    );
  }
  return { column: found[1] === 'flat' ? 'flat' : 'cum', points: Number(found[2]), confidence };
}

/** The functions that are over it, in words; the more are compared, the surer each must be. Where nobody counted samples, each change counts. */
export function crossed(rows: readonly DiffRow[], { column, points, confidence }: Threshold): string[] {
  const needed = confidenceOfEach(confidence, rows.length);
  return rows.flatMap(row => {
    const grown = column === 'flat' ? row.flatPoints : row.cumPoints;
    const sure = column === 'flat' ? row.flatConfidence : row.cumConfidence;
    if (!(grown > points) || (sure !== null && sure < needed)) return [];
    const known = sure === null ? '' : `, ${formatConfidence(sure)} sure`;
    return [`${row.function}: ${column} +${grown.toFixed(1)} points${known}`];
  });
}

/** Never 100%: it is a probability. */
export function formatConfidence(sure: number): string {
  return sure > 0.999 ? '>99.9%' : `${(Math.floor(sure * 1000) / 10).toFixed(1)}%`;
}

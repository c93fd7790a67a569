/** What lines of the source cost, from what the lines cost that ran. */

import type { LineCost } from '@nops/core/profile/query/line-costs';

export interface SourceCost {
  line: number;
  self: number;
  total: number;
}

/** Places of the code that ran. */
export function placeKey({ line, column }: { line: number; column: number }): string {
  return `${line}:${column}`;
}

/**
 * `lines`: by place, its line in the source, 0 for none; undefined when nothing is mapped. Several lines of what ran can be one of the source:
 * together they cost no more than the function, whose total is `most`. `left` is what did not lead there.
 */
export function mappedCosts(
  costs: readonly LineCost[],
  lines: ReadonlyMap<string, number> | undefined,
  most: number,
): { costs: SourceCost[]; left: (SourceCost & { code: undefined; left: true })[] } {
  if (lines === undefined) return { costs: [...costs], left: [] };
  const sums = new Map<number, SourceCost>();
  const left: (SourceCost & { code: undefined; left: true })[] = [];
  for (const cost of costs) {
    const line = lines.get(placeKey(cost)) ?? 0;
    if (line === 0) left.push({ line: cost.line, self: cost.self, total: cost.total, code: undefined, left: true });
    else {
      const sum = sums.get(line) ?? { line, self: 0, total: 0 };
      sums.set(line, { line, self: sum.self + cost.self, total: Math.min(most, sum.total + cost.total) });
    }
  }
  return { costs: [...sums.values()].sort((a, b) => a.line - b.line), left };
}

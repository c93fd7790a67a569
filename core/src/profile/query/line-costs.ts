/** What each line of a function costs: flat and cum of `nops pprof -list`. */

import type { FrameTable } from './frames.js';
import { groupCosts } from './function-costs.js';
import type { Grouping } from './grouping.js';
import type { Tree } from './node-table.js';

export interface LineCost {
  /** 1-based; 0: the profile does not tell. */
  line: number;
  /** 1-based; 0 when the profile does not tell one. */
  column: number;
  self: number;
  total: number;
}

/** `grouping` is by line, as are the tree's groups. By line, ascending. */
export function lineCosts(
  frames: FrameTable,
  grouping: Grouping,
  tree: Tree,
  selfs: Float64Array,
  totals: Float64Array,
  wanted: (functionNumber: number) => boolean,
): LineCost[] {
  const costs = groupCosts(tree, selfs, totals, grouping.names.length);
  const lines = new Map<number, LineCost>();
  const seen = new Set<number>();
  for (const [frame, functionNumber] of frames.functions.entries()) {
    const group = grouping.groups[frame] ?? 0;
    if (seen.has(group) || !wanted(functionNumber)) continue;
    seen.add(group);
    const line = frames.lines[frame] ?? 0;
    const cost = lines.get(line) ?? { line, column: frames.columns[frame] ?? 0, self: 0, total: 0 };
    cost.self += costs.selfs[group] ?? 0;
    cost.total += costs.totals[group] ?? 0;
    if (cost.total > 0) lines.set(line, cost);
  }
  return [...lines.values()].sort((a, b) => a.line - b.line);
}

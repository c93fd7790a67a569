/** Functions with their source, line by line: Go's `-list`. The source is the caller's to read. */

import type { PprofRoutine } from '../../protocol/pprof-results.js';
import { goRegExp } from '../go-regexp.js';
import type { GraphNode } from './graph-node.js';
import { byFile, byFunctionName } from './order.js';
import type { Prepared } from './prepare.js';
import { noMatch } from './tables.js';
import { wholeGraph } from './trim.js';

/** Lines shown before the first and after the last one with a value. */
const margin = 5;

/** The lines of a file, without their ends, or why it can't be read. */
export type ReadSource = (file: string) => { lines: string[] } | { error: string };

/** The functions whose name matches `symbol`, in each of their files. Throws `usage` when none does. */
export function listRoutines(prepared: Prepared, symbol: string, read: ReadSource): PprofRoutine[] {
  const matcher = goRegExp(symbol, 'expression');
  const matching = wholeGraph(prepared).filter(({ info }) => matcher.test(info.name));
  if (matching.length === 0) throw noMatch(symbol);
  const byName = groupBy(matching.sort(byFunctionName), ({ info }) => info.name);
  return [...byName].flatMap(([name, nodes]) => {
    const files = groupBy(nodes.filter(({ info }) => info.file !== '').sort(byFile), ({ info }) => info.file);
    if (files.size === 0) return [{ name, file: '', flat: 0, cum: 0, lines: [], error: 'No source information' }];
    return [...files].map(([file, of]) => routine(name, file, of, read));
  });
}

function routine(name: string, file: string, nodes: GraphNode[], read: ReadSource): PprofRoutine {
  const sum = (column: 'flat' | 'cum', of: GraphNode[]) => of.reduce((all, node) => all + node[column], 0);
  const head = { name, file, flat: sum('flat', nodes), cum: sum('cum', nodes) };
  const source = read(file);
  if ('error' in source) return { ...head, lines: [], error: source.error };
  const from = Math.min(...nodes.map(({ info }) => (info.startLine === 0 ? info.line - margin : info.startLine)));
  const to = Math.max(...nodes.map(({ info }) => info.line + margin));
  const lines: PprofRoutine['lines'] = [];
  for (let line = Math.max(1, from); line <= Math.min(to, source.lines.length); line++) {
    const of = nodes.filter(({ info }) => info.line === line);
    lines.push({ line, flat: sum('flat', of), cum: sum('cum', of), source: source.lines[line - 1] ?? '' });
  }
  return { ...head, lines };
}

function groupBy(nodes: readonly GraphNode[], keyOf: (node: GraphNode) => string): Map<string, GraphNode[]> {
  const groups = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const group = groups.get(keyOf(node));
    if (group === undefined) groups.set(keyOf(node), [node]);
    else group.push(node);
  }
  return groups;
}

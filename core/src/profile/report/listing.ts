/** Functions with their source, line by line: Go's `-list`. The source is the caller's to read. */

import type { PprofRoutine } from '../../protocol/pprof-results.js';
import { goRegExp } from '../go-regexp.js';
import type { Origin } from '../map-places.js';
import type { GraphNode } from './graph-node.js';
import { cleanPath } from './node-info.js';
import { byFile, byFunctionName } from './order.js';
import type { Prepared } from './prepare.js';
import { noMatch } from './tables.js';
import { wholeGraph } from './trim.js';

/** Lines shown before the first and after the last one with a value. */
const margin = 5;

/** The lines of a file, without their ends, or why it can't be read. `map`: the file of the source map that led to it. */
export type ReadSource = (file: string, map?: string) => { lines: string[] } | { error: string };

/**
 * The functions whose name matches `symbol`, in each of their files; of mapped ones also those that did before they were mapped. Throws `usage`
 * when none does.
 */
export function listRoutines(prepared: Prepared, symbol: string, read: ReadSource): PprofRoutine[] {
  const matcher = goRegExp(symbol, 'expression');
  const origins = originsByNode(prepared);
  const matching = wholeGraph(prepared).filter(({ info: { name, file } }) =>
    [name, ...(origins.get(keyOf(name, file)) ?? []).map(({ generatedName }) => generatedName)].some(one =>
      matcher.test(one),
    ),
  );
  if (matching.length === 0) throw noMatch(symbol);
  const byName = groupBy(matching.sort(byFunctionName), ({ info }) => info.name);
  return [...byName].flatMap(([name, nodes]) => {
    const files = groupBy(nodes.filter(({ info }) => info.file !== '').sort(byFile), ({ info }) => info.file);
    if (files.size === 0) return [{ name, file: '', flat: 0, cum: 0, lines: [], error: 'No source information' }];
    return [...files].map(([file, of]) => {
      const [origin] = origins.get(keyOf(name, file)) ?? [];
      const found = routine(name, file, of, origin === undefined ? read(file) : read(origin.source, origin.map));
      return origin === undefined ? found : { ...found, mapped: { file: origin.generatedFile, map: origin.map } };
    });
  });
}

/** By the names that nodes have. */
function originsByNode({ profile, origins }: Prepared): Map<string, Origin[]> {
  const found = new Map<string, Origin[]>();
  for (const [f, origin] of origins.entries()) {
    if (origin === undefined) continue;
    const key = keyOf(profile.functionNames[f] ?? '', cleanPath(profile.functionFiles[f] ?? ''));
    found.set(key, [...(found.get(key) ?? []), origin]);
  }
  return found;
}

function keyOf(name: string, file: string): string {
  return `${name}\0${file}`;
}

function routine(name: string, file: string, nodes: GraphNode[], source: ReturnType<ReadSource>): PprofRoutine {
  const sum = (column: 'flat' | 'cum', of: GraphNode[]) => of.reduce((all, node) => all + node[column], 0);
  const head = { name, file, flat: sum('flat', nodes), cum: sum('cum', nodes) };
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

/** The reports of rows: top, tree, peek, traces and tags, as data. */

import { NopsError } from '../../protocol/errors.js';
import type { PprofCall, PprofNode, PprofRow, PprofTag, PprofTrace } from '../../protocol/pprof-results.js';
import { goRegExp } from '../go-regexp.js';
import { formatMeasured } from '../measurement.js';
import { labelsOf, sampleCount } from '../model.js';
import { mean } from './graph.js';
import type { Edge, GraphNode } from './graph-node.js';
import { nodeInfo, printableName } from './node-info.js';
import { compareText, sortEdges, sortTags } from './order.js';
import type { Prepared } from './prepare.js';

export function topRows(nodes: readonly GraphNode[]): PprofRow[] {
  return nodes.map(node => ({
    name: node.name,
    inline: inlineOf(node),
    flat: mean(node.flat, node.flatDiv),
    cum: mean(node.cum, node.cumDiv),
  }));
}

function inlineOf(node: GraphNode): PprofRow['inline'] {
  const edges = [...node.in];
  if (!edges.some(({ inline }) => inline)) return 'no';
  return edges.every(({ inline }) => inline) ? 'all' : 'partial';
}

/** Each node with its callers and callees; for peek only those whose name matches `symbol`. Throws `usage` when none does. */
export function treeNodes(nodes: readonly GraphNode[], symbol: string | undefined): PprofNode[] {
  const matcher = symbol === undefined ? undefined : goRegExp(symbol, 'expression');
  const shown = nodes.filter(({ name }) => matcher?.test(name) ?? true);
  if (matcher !== undefined && shown.length === 0) throw noMatch(symbol ?? '');
  const call = (edge: Edge, other: GraphNode): PprofCall => ({
    name: other.name,
    weight: edge.weight,
    inline: edge.inline,
  });
  return topRows(shown).map((row, i) => ({
    ...row,
    callers: sortEdges(shown[i]?.in ?? []).map(edge => call(edge, edge.from)),
    callees: sortEdges(shown[i]?.out ?? []).map(edge => call(edge, edge.to)),
  }));
}

export function noMatch(symbol: string): NopsError {
  return new NopsError('usage', `no matches found for regexp: ${symbol}`, 'nops pprof -top <source>   lists the names');
}

/** Every sample with a stack, in the profile's order. */
export function traces({ profile, type, divisor, numbers }: Prepared): PprofTrace[] {
  const types = profile.sampleTypes.length;
  const frames = framesOf(profile);
  const found: PprofTrace[] = [];
  for (let i = 0; i < sampleCount(profile); i++) {
    const stack = Array.from(
      profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1]),
      l => frames[l] ?? [],
    ).flat();
    if (stack.length === 0) continue;
    const value = profile.values[i * types + type] ?? 0;
    const by = divisor === undefined ? 0 : (profile.values[i * types + divisor] ?? 0);
    found.push({ value: mean(value, by), labels: shownLabels(i), stack });
  }
  return found;

  function shownLabels(sample: number): PprofTrace['labels'] {
    const texts = new Map<string, string[]>();
    const values = new Map<string, string[]>();
    for (const label of labelsOf(profile, sample)) {
      const group = 'text' in label ? texts : values;
      const shown =
        'text' in label ? label.text : formatMeasured(Number(label.number), numbers.units.get(label.key) ?? '', 'auto');
      group.set(label.key, [...(group.get(label.key) ?? []), shown]);
    }
    const sorted = (group: Map<string, string[]>) =>
      [...group]
        .sort(([a], [b]) => compareText(a.padStart(10), b.padStart(10)))
        .map(([key, of]) => ({ key, values: of }));
    return [...sorted(texts), ...sorted(values)];
  }
}

/** By location, its frames by name, innermost first. */
function framesOf(profile: Prepared['profile']): PprofTrace['stack'][] {
  return Array.from({ length: profile.lineStarts.length - 1 }, (_, l) => {
    const from = profile.lineStarts[l] ?? 0;
    const to = profile.lineStarts[l + 1] ?? 0;
    if (from === to) return [{ name: printableName(nodeInfo(profile, l, -1, false)), inline: false }];
    return Array.from({ length: to - from }, (_line, k) => ({
      name: printableName(nodeInfo(profile, l, from + k, false)),
      inline: from + k < to - 1,
    }));
  });
}

/** What samples are labelled with, and what those with each label cost. */
export function tagTotals({ profile, type, numbers, config }: Prepared): PprofTag[] {
  const types = profile.sampleTypes.length;
  const keys = new Map<string, Map<string, number>>();
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = profile.values[i * types + type] ?? 0;
    for (const label of labelsOf(profile, i)) {
      const name =
        'text' in label
          ? label.text
          : formatMeasured(Number(label.number), numbers.units.get(label.key) ?? '', config.unit);
      const values = keys.get(label.key) ?? new Map<string, number>();
      values.set(name, (values.get(name) ?? 0) + value);
      keys.set(label.key, values);
    }
  }
  return [...keys]
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, values]) => ({
      key,
      total: [...values.values()].reduce((sum, value) => sum + value, 0),
      values: sortTags(
        [...values].map(([name, flat]) => ({ name, flat, cum: 0 })),
        true,
      ).map(({ name, flat }) => ({ name, value: flat })),
    }));
}

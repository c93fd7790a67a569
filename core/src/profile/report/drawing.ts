/** What a graph of calls looks like: a box for each node, sized by its flat and coloured by its cum, as in Go's; its place is decided elsewhere. */

import { formatMeasured, formatPercentage } from '../measurement.js';
import { mean } from './graph.js';
import type { Edge, GraphNode } from './graph-node.js';
import { baseName, nameParts } from './node-info.js';
import type { Tag } from './node-tags.js';
import { sortEdges, sortTags } from './order.js';
import type { Prepared } from './prepare.js';
import { shortName } from './short-name.js';

export interface Box {
  /** Unique in the drawing: N1, N1_0, NN1_0. */
  id: string;
  lines: string[];
  fontSize: number;
  tooltip: string;
  /** Absent for labels, which are boxes of another kind. */
  colors?: { line: string; fill: string };
}

export interface Arrow {
  /** Ids of boxes. */
  from: string;
  to: string;
  lines: string[];
  tooltip: string;
  /** How much it wants to be short and straight; 1 for the least. */
  weight: number;
  width: number;
  color: string | undefined;
  dotted: boolean;
  /** Ranks between its ends. */
  length: number;
  /** Of labels, which are no calls. */
  isLabel: boolean;
}

export interface Drawing {
  /** Of the program; '' for none. */
  title: string;
  legend: string[];
  /** In the order in which they are written, each followed by its own. */
  parts: { boxes: Box[]; arrows: Arrow[] }[];
  /** Calls. */
  arrows: Arrow[];
}

/** Labels of a node are boxes of their own, at most this many of each kind. */
const maxNodelets = 4;

interface Scale {
  format: (value: number) => string;
  total: number;
  largestFlat: number;
  ids: Map<GraphNode, number>;
}

export function drawGraph(
  nodes: readonly GraphNode[],
  labels: readonly string[],
  prepared: Prepared,
  format: (value: number) => string,
): Drawing {
  const scale: Scale = {
    format,
    total: prepared.total,
    largestFlat: nodes.reduce((most, node) => Math.max(most, Math.abs(mean(node.flat, node.flatDiv))), 0),
    ids: new Map(nodes.map((node, i) => [node, i + 1])),
  };
  const labelled = new Set<GraphNode>();
  const parts = nodes.map(node => {
    const nodelets = nodeletsOf(node, scale);
    if (nodelets.length > 0) labelled.add(node);
    return { boxes: [box(node, scale), ...nodelets.map(one => one.box)], arrows: nodelets.map(one => one.arrow) };
  });
  const edges = sortEdges(nodes.flatMap(node => [...node.out]));
  return {
    title: baseName(prepared.profile.mappings[0]?.file ?? ''),
    legend: [...labels],
    parts,
    arrows: edges.map(edge => arrow(edge, scale, labelled.has(edge.from))),
  };
}

function box(node: GraphNode, { format, total, largestFlat, ids }: Scale): Box {
  const flat = mean(node.flat, node.flatDiv);
  const cum = mean(node.cum, node.cumDiv);
  const share = (value: number) => `${format(value)} (${formatPercentage(value, total).trim()})`;
  const own = flat === 0 ? '0' : share(flat);
  const all = `of ${share(cum)}`;
  const values = cum === flat ? [own] : flat === 0 ? [`${own} ${all}`] : [own, all];
  const score = cum / Math.abs(total);
  return {
    id: `N${ids.get(node) ?? 0}`,
    lines: [...nameLines(node), ...values],
    fontSize: largestFlat === 0 || flat === 0 ? 8 : 8 + Math.ceil(16 * Math.sqrt(Math.abs(flat) / largestFlat)),
    tooltip: `${node.name} (${format(cum)})`,
    colors: { line: color(score, false), fill: color(score, true) },
  };
}

function arrow(edge: Edge, { format, total, ids }: Scale, labelled: boolean): Arrow {
  const weight = mean(edge.weight, edge.weightDiv);
  const shown = format(weight);
  const part = (of: number) =>
    total === 0 ? 1 : 1 + Math.abs(Math.min(Math.abs(Math.trunc((weight * of) / total)), of));
  return {
    from: `N${ids.get(edge.from)}`,
    to: `N${ids.get(edge.to)}`,
    lines: edge.inline ? [shown, '(inline)'] : [shown],
    tooltip: `${edge.from.name} ${edge.residual ? '...' : '->'} ${edge.to.name} (${shown})`,
    weight: part(100),
    width: part(5),
    color: total === 0 ? undefined : color(weight / Math.abs(total), false),
    dotted: edge.residual,
    length: labelled ? 2 : 1,
    isLabel: false,
  };
}

interface Nodelet {
  box: Box;
  arrow: Arrow;
}

/** A leaf's labels count with all that was left out below it, others' only for the node itself. */
function nodeletsOf(node: GraphNode, scale: Scale): Nodelet[] {
  const isFlat = node.out.size > 0;
  const id = `N${scale.ids.get(node)}`;
  const texts = sortTags(node.tags.texts.values(), isFlat).slice(0, maxNodelets);
  const found = texts.flatMap((tag, i) => {
    const value = isFlat ? mean(tag.flat, tag.flatDiv) : mean(tag.cum, tag.cumDiv);
    if (value === 0) return [];
    const numbers = node.tags.numbers.get(tag.name);
    return [
      nodelet(id, `${id}_${i}`, tag.name, scale.format(value), false),
      ...(numbers === undefined ? [] : numberNodelets(numbers.values(), isFlat, `${id}_${i}`, scale)),
    ];
  });
  const numbers = node.tags.numbers.get('');
  return numbers === undefined ? found : [...found, ...numberNodelets(numbers.values(), isFlat, id, scale)];
}

function numberNodelets(tags: Iterable<Tag>, isFlat: boolean, id: string, scale: Scale): Nodelet[] {
  return collapse(tags, isFlat).flatMap(({ name, flat, cum }, j) => {
    const solid = isFlat || flat === cum;
    const value = solid ? flat : cum;
    return value === 0 ? [] : [nodelet(id, `N${id}_${j}`, name, scale.format(value), !solid)];
  });
}

function nodelet(from: string, id: string, name: string, shown: string, dotted: boolean): Nodelet {
  return {
    // Several labels are joined by what Graphviz takes for a line's end (node-tags.ts).
    box: { id, lines: name.split('\\n'), fontSize: 8, tooltip: shown },
    arrow: {
      from,
      to: id,
      lines: [shown],
      tooltip: shown,
      weight: 100,
      width: 1,
      color: undefined,
      dotted,
      length: 1,
      isLabel: true,
    },
  };
}

/** Numbers in few groups, each around one of the largest: "4kB..16kB". */
function collapse(tags: Iterable<Tag>, isFlat: boolean): { name: string; flat: number; cum: number }[] {
  const sorted = sortTags(tags, isFlat);
  if (sorted.length <= maxNodelets)
    return sorted.map(tag => ({ ...tag, flat: mean(tag.flat, tag.flatDiv), cum: mean(tag.cum, tag.cumDiv) }));
  const groups = sorted.slice(0, maxNodelets).map(tag => [tag]);
  for (const tag of sorted.slice(maxNodelets)) {
    const distance = (group: Tag[]) => Math.abs(tag.value - (group[0]?.value ?? 0));
    groups.reduce((near, group) => (distance(group) < distance(near) ? group : near)).push(tag);
  }
  return sortTags(groups.map(summary), isFlat);
}

function summary(group: Tag[]): { name: string; flat: number; cum: number } {
  const sum = (column: 'flat' | 'flatDiv' | 'cum' | 'cumDiv') => group.reduce((all, tag) => all + tag[column], 0);
  const values = group.map(({ value }) => value);
  const show = (value: number) => formatMeasured(value, group[0]?.unit ?? '', 'auto');
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {
    name: group.length === 1 ? show(least) : `${show(least)}..${show(most)}`,
    flat: mean(sum('flat'), sum('flatDiv')),
    cum: mean(sum('cum'), sum('cumDiv')),
  };
}

/** Names of packages and classes on lines of their own. */
function nameLines({ info }: GraphNode): string[] {
  const name = shortName(info.name).replaceAll('::', '\n').replaceAll('[...]', '[…]').replaceAll('.', '\n');
  const parts = nameParts({ ...info, name, file: info.file === '' ? '' : baseName(info.file) });
  return parts.flatMap(part => (part === name ? part.split('\n') : [part]));
}

/** From green at −1 over grey to red at 1; lighter for a background. */
function color(score: number, isBackground: boolean): string {
  const limited = Math.max(-1, Math.min(1, Number.isNaN(score) ? 0 : score));
  const value = isBackground ? 0.93 : 0.7;
  const saturation = (isBackground ? 0.1 : 1) * Math.min(1, Math.abs(limited) / 0.2);
  // Away from grey, so that signs are easily told apart.
  const strength = Math.abs(limited) ** (1 - 0.7);
  const weak = value * (1 - saturation * strength);
  const [red, green] = limited < 0 ? [weak, value] : [value, weak];
  const hex = (part: number) =>
    Math.trunc(part * 255)
      .toString(16)
      .padStart(2, '0');
  return `#${hex(red)}${hex(green)}${hex(value * (1 - saturation))}`;
}

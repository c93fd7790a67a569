/** A graph of calls for Graphviz, as Go's `-dot` writes it: a box for each node, sized by its flat and coloured by its cum. */

import { formatMeasured, formatPercentage } from '../measurement.js';
import { mean } from './graph.js';
import type { Edge, GraphNode } from './graph-node.js';
import { baseName, nameParts } from './node-info.js';
import type { Tag } from './node-tags.js';
import { sortEdges, sortTags } from './order.js';
import type { Prepared } from './prepare.js';
import { shortName } from './short-name.js';

/** Labels of a node are boxes of their own, at most this many of each kind. */
const maxNodelets = 4;

interface Drawing {
  format: (value: number) => string;
  total: number;
  largestFlat: number;
  ids: Map<GraphNode, number>;
}

export function dotText(
  nodes: readonly GraphNode[],
  labels: readonly string[],
  prepared: Prepared,
  format: (value: number) => string,
): string {
  const title = baseName(prepared.profile.mappings[0]?.file ?? '');
  const legend = `subgraph cluster_L { "${quoted(labels[0] ?? '')}" [shape=box fontsize=16 label="${labels
    .map(quoted)
    .join('\\l')}\\l"${title === '' ? '' : ` tooltip="${quoted(title)}"`}] }`;
  const lines = [
    `digraph "${title === '' ? 'unnamed' : quoted(title)}" {`,
    'node [style=filled fillcolor="#f8f8f8"]',
    legend,
  ];
  const drawing: Drawing = {
    format,
    total: prepared.total,
    largestFlat: nodes.reduce((most, node) => Math.max(most, Math.abs(mean(node.flat, node.flatDiv))), 0),
    ids: new Map(nodes.map((node, i) => [node, i + 1])),
  };
  const labelled = new Set<GraphNode>();
  for (const node of nodes) {
    lines.push(box(node, drawing));
    const nodelets = nodeletsOf(node, drawing);
    if (nodelets.length > 0) labelled.add(node);
    lines.push(...nodelets);
  }
  for (const edge of sortEdges(nodes.flatMap(node => [...node.out])))
    lines.push(arrow(edge, drawing, labelled.has(edge.from)));
  return `${lines.join('\n')}\n}\n`;
}

function box(node: GraphNode, { format, total, largestFlat, ids }: Drawing): string {
  const id = ids.get(node) ?? 0;
  const flat = mean(node.flat, node.flatDiv);
  const cum = mean(node.cum, node.cumDiv);
  const share = (value: number) => `${format(value)} (${formatPercentage(value, total).trim()})`;
  let label = multiline(node) + (flat === 0 ? '0' : share(flat));
  if (cum !== flat) label += `${flat === 0 ? ' ' : '\\n'}of ${share(cum)}`;
  const size = largestFlat === 0 || flat === 0 ? 8 : 8 + Math.ceil(16 * Math.sqrt(Math.abs(flat) / largestFlat));
  const score = cum / Math.abs(total);
  return `N${id} [label="${label}" id="node${id}" fontsize=${size} shape=box tooltip="${quoted(node.name)} (${format(
    cum,
  )})" color="${color(score, false)}" fillcolor="${color(score, true)}"]`;
}

function arrow(edge: Edge, { format, total, ids }: Drawing, labelled: boolean): string {
  const weight = mean(edge.weight, edge.weightDiv);
  const shown = format(weight);
  let attributes = `label=" ${shown}${edge.inline ? '\\n (inline)' : ''}"`;
  if (total !== 0) {
    const part = (of: number) => 1 + Math.abs(Math.min(Math.abs(Math.trunc((weight * of) / total)), of));
    if (part(100) > 1) attributes += ` weight=${part(100)}`;
    if (part(5) > 1) attributes += ` penwidth=${part(5)}`;
    attributes += ` color="${color(weight / Math.abs(total), false)}"`;
  }
  const line = edge.residual ? '...' : '->';
  const tooltip = `"${quoted(edge.from.name)} ${line} ${quoted(edge.to.name)} (${shown})"`;
  attributes += ` tooltip=${tooltip} labeltooltip=${tooltip}`;
  if (edge.residual) attributes += ' style="dotted"';
  if (labelled) attributes += ' minlen=2';
  return `N${ids.get(edge.from)} -> N${ids.get(edge.to)} [${attributes}]`;
}

/** A leaf's labels count with all that was left out below it, others' only for the node itself. */
function nodeletsOf(node: GraphNode, drawing: Drawing): string[] {
  const isFlat = node.out.size > 0;
  const id = `N${drawing.ids.get(node)}`;
  const texts = sortTags(node.tags.texts.values(), isFlat).slice(0, maxNodelets);
  const lines = texts.flatMap((tag, i) => {
    const value = isFlat ? mean(tag.flat, tag.flatDiv) : mean(tag.cum, tag.cumDiv);
    if (value === 0) return [];
    const numbers = node.tags.numbers.get(tag.name);
    return [
      ...nodelet(id, `${id}_${i}`, tag.name, drawing.format(value), ''),
      ...(numbers === undefined ? [] : numberNodelets(numbers.values(), isFlat, `${id}_${i}`, drawing)),
    ];
  });
  const numbers = node.tags.numbers.get('');
  return numbers === undefined ? lines : [...lines, ...numberNodelets(numbers.values(), isFlat, id, drawing)];
}

function numberNodelets(tags: Iterable<Tag>, isFlat: boolean, id: string, drawing: Drawing): string[] {
  return collapse(tags, isFlat).flatMap(({ name, flat, cum }, j) => {
    const solid = isFlat || flat === cum;
    const value = solid ? flat : cum;
    return value === 0 ? [] : nodelet(id, `N${id}_${j}`, name, drawing.format(value), solid ? '' : ' style="dotted"');
  });
}

function nodelet(from: string, id: string, name: string, weight: string, style: string): string[] {
  return [
    `${id} [label = "${quoted(name).replaceAll('\\\\n', '\\n')}" id="${id}" fontsize=8 shape=box3d tooltip="${weight}"]`,
    `${from} -> ${id} [label=" ${weight}" weight=100 tooltip="${weight}" labeltooltip="${weight}"${style}]`,
  ];
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

function multiline({ info }: GraphNode): string {
  const name = quoted(shortName(info.name)).replaceAll('::', '\\n').replaceAll('[...]', '[…]').replaceAll('.', '\\n');
  return `${nameParts({ ...info, name, file: info.file === '' ? '' : baseName(info.file) }).join('\\n')}\\n`;
}

/** Lines within a text are aligned left. */
function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\l');
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

/** The graph of a report without what is too small to show: Go's newTrimmedGraph. */

import { removeLabel } from '../labels.js';
import type { Profile } from '../model.js';
import { isDrawn } from './config.js';
import { buildGraph, type GraphOptions } from './graph.js';
import type { Edge, GraphNode } from './graph-node.js';
import { interest } from './interest.js';
import { nodeKey } from './node-info.js';
import { type NodeTags, tagSource } from './node-tags.js';
import { byFlat, byScore, sortEdges } from './order.js';
import { baseLabel, type Prepared } from './prepare.js';

export interface Trimmed {
  /** In the report's order. */
  nodes: GraphNode[];
  /** Nodes that were large enough, before their number was limited. */
  candidates: number;
  droppedNodes: number;
  droppedEdges: number;
}

export function trimmedGraph(prepared: Prepared): Trimmed {
  const { config, report } = prepared;
  const drawn = isDrawn(report);
  const options = graphOptions(prepared);
  const build = (kept?: ReadonlySet<string>) => buildGraph(prepared.profile, { ...options, kept });
  let nodes = build();
  const total = nodes.reduce((sum, { flat }) => sum + flat, 0);
  const nodeCutoff = Math.abs(Math.trunc(total * config.nodefraction));
  const edgeCutoff = Math.abs(Math.trunc(total * config.edgefraction));
  let droppedNodes = 0;
  const large = nodes.filter(({ cum }) => Math.abs(cum) >= nodeCutoff);
  if (large.length < nodes.length) {
    droppedNodes = nodes.length - large.length;
    nodes = build(keysOf(large));
  }
  const candidates = nodes.length;
  const sort = () => nodes.sort(drawn ? byScore(interest) : config.sort === 'cum' ? byScore(({ cum }) => cum) : byFlat);
  sort();
  if (config.nodecount > 0) {
    trimTags(nodes, nodeCutoff);
    trimEdges(nodes, edgeCutoff);
    const top = nodes.slice(0, drawn ? countWithTags(nodes, config.nodecount) : config.nodecount);
    if (top.length < nodes.length) {
      nodes = build(keysOf(top));
      sort();
    }
  }
  trimTags(nodes, nodeCutoff);
  const droppedEdges = trimEdges(nodes, edgeCutoff);
  if (drawn) removeRedundantEdges(nodes);
  return { nodes, candidates, droppedNodes, droppedEdges };
}

/** All nodes, in no order. */
export function wholeGraph(prepared: Prepared): GraphNode[] {
  return buildGraph(prepared.profile, graphOptions(prepared));
}

function graphOptions({ profile, type, divisor, config, report, numbers }: Prepared): GraphOptions {
  const labelled: Profile = removeLabel(profile, baseLabel.key);
  return {
    type,
    divisor,
    objects: report === 'list',
    dropNegative: config.drop_negative,
    tags: isDrawn(report) ? tagSource(labelled, numbers.units.get('bytes') ?? '', config.unit) : undefined,
  };
}

function keysOf(nodes: GraphNode[]): Set<string> {
  return new Set(nodes.map(({ info }) => nodeKey(info)));
}

function trimTags(nodes: GraphNode[], cutoff: number): void {
  const trim = (tags: NodeTags['texts']) => {
    for (const [key, { flat, cum }] of tags) if (Math.abs(flat) < cutoff && Math.abs(cum) < cutoff) tags.delete(key);
  };
  for (const { tags } of nodes) for (const group of [tags.texts, ...tags.numbers.values()]) trim(group);
}

function trimEdges(nodes: GraphNode[], cutoff: number): number {
  let dropped = 0;
  for (const node of nodes) {
    for (const edge of node.in) {
      if (Math.abs(edge.weight) >= cutoff) continue;
      cut(edge);
      dropped++;
    }
  }
  return dropped;
}

function cut(edge: Edge): void {
  edge.to.in.delete(edge);
  edge.from.out.delete(edge);
}

/** In a drawing up to four labels of each node take places of nodes. */
const maxNodelets = 4;

function countWithTags(nodes: GraphNode[], most: number): number {
  let count = 0;
  for (const [i, { tags }] of nodes.entries()) {
    const shown = [tags.texts, ...tags.numbers.values()].flatMap(group =>
      [...group.values()].filter(t => t.flat !== 0),
    );
    count += Math.min(shown.length, maxNodelets) + 1;
    if (count >= most) return i + 1;
  }
  return Math.min(most, nodes.length);
}

/** Residual edges tell nothing where another path leads from the one node to the other. */
function removeRedundantEdges(nodes: GraphNode[]): void {
  for (const node of nodes.toReversed()) {
    for (const edge of sortEdges(node.in).toReversed()) {
      if (!edge.residual) break;
      if (isRedundant(edge)) cut(edge);
    }
  }
}

function isRedundant(edge: Edge): boolean {
  const seen = new Set([edge.to]);
  // A set may grow while it is gone through.
  for (const node of seen) {
    for (const other of node.in) {
      if (other === edge || seen.has(other.from)) continue;
      if (other.from === edge.from) return true;
      seen.add(other.from);
    }
  }
  return false;
}

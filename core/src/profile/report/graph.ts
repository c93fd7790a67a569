/**
 * Samples as a graph of who calls whom: Go's internal/graph. A node is a function, or whatever the granularity leaves of a frame; an edge
 * is a call. Sums are kept in columns while samples are read, and become objects at the end, when there are few.
 *
 * A node counts once a sample however often it is on the stack, and so does an edge.
 */

import { locationCount, type Profile, sampleCount } from '../model.js';
import { EdgeTable } from './edge-table.js';
import type { GraphNode } from './graph-node.js';
import { type NodeInfo, nodeInfo, nodeKey, printableName } from './node-info.js';
import { addTags, noTags, type TagSource } from './node-tags.js';

export interface GraphOptions {
  /** Sample type, and for means the one to divide by. */
  type: number;
  divisor: number | undefined;
  objects: boolean;
  dropNegative: boolean;
  /** Keys of the nodes to leave in; all when undefined. */
  kept?: ReadonlySet<string> | undefined;
  /** For graphs that show labels. */
  tags?: TagSource | undefined;
}

export function buildGraph(profile: Profile, options: GraphOptions): GraphNode[] {
  const { starts, nodes, infos } = nodesOfLines(profile, options);
  const types = profile.sampleTypes.length;
  const { stacks, stackStarts, values } = profile;
  const count = infos.length;
  const flat = new Float64Array(count);
  const cum = new Float64Array(count);
  const flatDiv = new Float64Array(count);
  const cumDiv = new Float64Array(count);
  /** The last sample, counted from 1, in which a node was seen. */
  const seen = new Uint32Array(count);
  const edges = new EdgeTable();
  const tags = infos.map(noTags);
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = values[i * types + options.type] ?? 0;
    const divisor = options.divisor === undefined ? 0 : (values[i * types + options.divisor] ?? 0);
    if (value === 0 && divisor === 0) continue;
    let parent = -1;
    let residual = false;
    for (let s = (stackStarts[i + 1] ?? 0) - 1; s >= (stackStarts[i] ?? 0); s--) {
      const location = stacks[s] ?? 0;
      const last = (starts[location + 1] ?? 0) - 1;
      for (let k = last; k >= (starts[location] ?? 0); k--) {
        const node = nodes[k] ?? -1;
        if (node < 0) {
          residual = true;
          continue;
        }
        if (seen[node] !== i + 1) {
          seen[node] = i + 1;
          cum[node] = (cum[node] ?? 0) + value;
          cumDiv[node] = (cumDiv[node] ?? 0) + divisor;
          if (options.tags !== undefined) addTags(tags[node], options.tags, i, value, divisor, false);
        }
        if (parent >= 0 && node !== parent) edges.add(parent, node, i + 1, value, divisor, residual, k !== last);
        parent = node;
        residual = false;
      }
    }
    if (parent < 0 || residual) continue;
    flat[parent] = (flat[parent] ?? 0) + value;
    flatDiv[parent] = (flatDiv[parent] ?? 0) + divisor;
    if (options.tags !== undefined) addTags(tags[parent], options.tags, i, value, divisor, true);
  }
  const graph = infos.map(
    (info, n): GraphNode => ({
      info,
      name: printableName(info),
      flat: flat[n] ?? 0,
      cum: cum[n] ?? 0,
      flatDiv: flatDiv[n] ?? 0,
      cumDiv: cumDiv[n] ?? 0,
      in: new Set(),
      out: new Set(),
      tags: tags[n] ?? noTags(),
    }),
  );
  edges.connect(graph);
  return graph.filter(node => (node.cum !== 0 || node.flat !== 0) && !(options.dropNegative && isNegative(node)));
}

function isNegative({ flat, cum }: GraphNode): boolean {
  return flat < 0 || (flat === 0 && cum < 0);
}

/** By location, its nodes as nodes[starts[l]] to nodes[starts[l + 1]], innermost first; −1 for one that is left out. */
function nodesOfLines(
  profile: Profile,
  { objects, kept }: GraphOptions,
): { starts: Uint32Array; nodes: Int32Array; infos: NodeInfo[] } {
  const count = locationCount(profile);
  const starts = new Uint32Array(count + 1);
  const nodes: number[] = [];
  const infos: NodeInfo[] = [];
  const numbers = new Map<string, number>();
  const add = (l: number, k: number) => {
    const info = nodeInfo(profile, l, k, objects);
    const key = nodeKey(info);
    let number = numbers.get(key);
    if (number === undefined) {
      number = kept === undefined || kept.has(key) ? infos.push(info) - 1 : -1;
      numbers.set(key, number);
    }
    nodes.push(number);
  };
  for (let l = 0; l < count; l++) {
    const from = profile.lineStarts[l] ?? 0;
    const to = profile.lineStarts[l + 1] ?? 0;
    if (from === to) add(l, -1);
    for (let k = from; k < to; k++) add(l, k);
    starts[l + 1] = nodes.length;
  }
  return { starts, nodes: Int32Array.from(nodes), infos };
}

/** The value that is shown: a mean where there is something to divide by. As Go's integers, cut off. */
export function mean(value: number, divisor: number): number {
  return divisor === 0 ? value : Math.trunc(value / divisor);
}

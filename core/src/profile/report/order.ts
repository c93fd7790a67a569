/** How Go's pprof orders nodes, edges and tags: the largest first whatever its sign, then by name. */

import type { Edge, GraphNode } from './graph-node.js';
import type { NodeInfo } from './node-info.js';
import type { Tag } from './node-tags.js';

/** By code points, as Go compares the bytes of UTF-8. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Halves of characters beyond U+FFFF stand before U+E000 in UTF-16, and after it in UTF-8.
    const rank = (unit: number) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);
    return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function byLargest(a: number, b: number): number {
  return Math.abs(b) - Math.abs(a);
}

/** As Go prints the struct; the last resort. */
function infoText({ name, address, file, startLine, line, object }: NodeInfo): string {
  return `{${name}  ${address} ${file} ${startLine} ${line} ${object}}`;
}

export function byFlat(a: GraphNode, b: GraphNode): number {
  return (
    byLargest(a.flat, b.flat) ||
    compareText(a.name, b.name) ||
    byLargest(a.cum, b.cum) ||
    compareText(infoText(a.info), infoText(b.info))
  );
}

/** `score` by node: its cum, or how much it tells in a drawing. */
export function byScore(score: (node: GraphNode) => number): (a: GraphNode, b: GraphNode) => number {
  return (a, b) =>
    byLargest(score(a), score(b)) ||
    compareText(a.name, b.name) ||
    byLargest(a.flat, b.flat) ||
    compareText(infoText(a.info), infoText(b.info));
}

export function byFunctionName(a: GraphNode, b: GraphNode): number {
  return compareText(a.info.name, b.info.name) || compareText(infoText(a.info), infoText(b.info));
}

export function byFile(a: GraphNode, b: GraphNode): number {
  return (
    compareText(a.info.file, b.info.file) ||
    a.info.startLine - b.info.startLine ||
    compareText(infoText(a.info), infoText(b.info))
  );
}

export function sortEdges(edges: Iterable<Edge>): Edge[] {
  return [...edges].sort(
    (a, b) =>
      byLargest(a.weight, b.weight) || compareText(a.from.name, b.from.name) || compareText(a.to.name, b.to.name),
  );
}

export function sortTags<T extends Pick<Tag, 'name' | 'flat' | 'cum'>>(tags: Iterable<T>, flat: boolean): T[] {
  return [...tags].sort(
    (a, b) => (flat ? 0 : byLargest(a.cum, b.cum)) || byLargest(a.flat, b.flat) || compareText(a.name, b.name),
  );
}

/** How much a node tells in a drawing: Go's entropyScore. One that only hands everything on from one caller to one callee tells little. */

import type { Edge, GraphNode } from './graph-node.js';

export function interest(node: GraphNode): number {
  const from = node.in.size === 0 ? 1 : entropy(node.in, 0);
  const to = node.out.size === 0 ? 1 : entropy(node.out, node.flat);
  const score = (from + to) * node.cum;
  // In a difference the parts can be negative, and the logarithm of their share none; Go's order is undefined then.
  return (Number.isNaN(score) ? 0 : Math.trunc(score)) + node.flat;
}

function entropy(edges: Iterable<Edge>, own: number): number {
  let total = own;
  for (const { weight } of edges) if (weight > 0) total += weight;
  if (total === 0) return 0;
  let sum = 0;
  const add = (weight: number) => {
    const fraction = Math.abs(weight) / total;
    sum -= fraction * Math.log2(fraction);
  };
  for (const { weight } of edges) add(weight);
  if (own > 0) add(own);
  return sum;
}

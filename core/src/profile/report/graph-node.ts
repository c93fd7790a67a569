/** A graph of calls, once it is built: nodes and the edges between them. */

import type { NodeInfo } from './node-info.js';
import type { NodeTags } from './node-tags.js';

export interface GraphNode {
  info: NodeInfo;
  /** `printableName(info)`. */
  name: string;
  flat: number;
  cum: number;
  /** Sums of what means are divided by; 0 for sums. */
  flatDiv: number;
  cumDiv: number;
  in: Set<Edge>;
  out: Set<Edge>;
  tags: NodeTags;
}

export interface Edge {
  from: GraphNode;
  to: GraphNode;
  weight: number;
  weightDiv: number;
  /** Goes over nodes that were left out. */
  residual: boolean;
  /** Every call of it was inlined into its caller. */
  inline: boolean;
}

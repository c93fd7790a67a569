/**
 * Where a node's and an edge's numbers stand. Each version of V8 has fields of its own (trace_node_id until Node 22, detachedness since Node
 * 16), and the file says which; those with other names pass unread.
 *
 *   "meta":{"node_fields":["type","name","id","self_size","edge_count",…],"node_types":[["hidden","array",…],"string",…],
 *           "edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element",…],…]}
 */

import { damaged } from './damaged.js';

/** As the file names them. */
export interface Meta {
  nodeFields: string[];
  nodeTypes: string[];
  edgeFields: string[];
  edgeTypes: string[];
}

export interface Layout {
  /** How many numbers a node has, and which one is what. */
  node: { length: number; type: number; name: number; id: number; selfSize: number; edgeCount: number };
  edge: { length: number; type: number; name: number; target: number };
}

/** V8 has 7 and 3. */
const maxFields = 64;
/** One byte for each node and edge; V8 has 16 and 7. */
export const maxTypes = 256;

/** Throws when there is no way to read such nodes and edges. */
export function layoutOf({ nodeFields, nodeTypes, edgeFields, edgeTypes }: Meta): Layout {
  if (nodeFields.length > maxFields || edgeFields.length > maxFields) throw damaged('its nodes have too many fields');
  if (nodeTypes.length === 0 || edgeTypes.length === 0) throw damaged('it does not say which types its nodes have');
  if (nodeTypes.length > maxTypes || edgeTypes.length > maxTypes) throw damaged('its nodes have too many types');
  const place = (fields: string[], name: string) => {
    const at = fields.indexOf(name);
    if (at < 0) throw damaged(`it does not say where the field ${name} stands`);
    return at;
  };
  return {
    node: {
      length: nodeFields.length,
      type: place(nodeFields, 'type'),
      name: place(nodeFields, 'name'),
      id: place(nodeFields, 'id'),
      selfSize: place(nodeFields, 'self_size'),
      edgeCount: place(nodeFields, 'edge_count'),
    },
    edge: {
      length: edgeFields.length,
      type: place(edgeFields, 'type'),
      name: place(edgeFields, 'name_or_index'),
      target: place(edgeFields, 'to_node'),
    },
  };
}

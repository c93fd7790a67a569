/** What nodes and references are called, in DevTools' words. */

import type { HeapSnapshot } from './snapshot.js';

/** By the number of a node's type: the name of its constructor; undefined where that is the node's own name. */
export function constructorOfTypes({ nodes }: HeapSnapshot): (string | undefined)[] {
  return nodes.typeNames.map(type => {
    if (type === 'object' || type === 'native') return undefined;
    return names[type] ?? `(${type})`;
  });
}

const names: Record<string, string> = {
  hidden: '(system)',
  code: '(compiled code)',
  closure: 'Function',
  regexp: 'RegExp',
};

const maxText = 100;

/** A text in quotes, a function's name, or what V8 calls it. */
export function nodeName({ nodes, texts }: HeapSnapshot, node: number): string {
  const name = cut(texts.get(nodes.names[node] ?? 0));
  const type = nodes.typeNames[nodes.types[node] ?? 0] ?? '';
  if (type === 'string') return JSON.stringify(name);
  if (type === 'closure') return `${name === '' ? '(anonymous)' : name}()`;
  return name;
}

/** `.name`, `[3]`, or what V8 says of a reference that is no property. */
export function edgeName({ edges, texts }: HeapSnapshot, edge: number): string {
  const type = edges.typeNames[edges.types[edge] ?? 0];
  const number = edges.names[edge] ?? 0;
  if (type === 'element' || type === 'hidden') return `[${number}]`;
  const name = cut(texts.get(number));
  if (type === 'property') return /^[\p{L}_$#][\p{L}\p{N}_$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  return type === 'context' ? `variable ${name}` : `(${name})`;
}

function cut(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}…` : text;
}

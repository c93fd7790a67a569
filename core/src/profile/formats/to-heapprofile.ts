/** Profile → V8's sampled heap, as DevTools opens it. It keeps functions and bytes; numbers of objects, lines of calls and labels have no place in it. */

import { NopsError } from '../../protocol/errors.js';
import { convert, isConvertible } from '../measurement.js';
import { defaultTypeIndex, type Profile, sampleCount } from '../model.js';
import { callFrame } from '../v8-frame.js';
import type { HeapProfile, HeapProfileNode } from './from-heapprofile.js';

/** Throws `usage` for profiles whose default sample type is not measured in bytes. */
export function toHeapProfile(profile: Profile): HeapProfile {
  const { sampleTypes, values, stackStarts, stacks, lineStarts, lineFunctions } = profile;
  const type = defaultTypeIndex(profile);
  const { type: name = '', unit = '' } = sampleTypes[type] ?? {};
  if (!isConvertible(unit, 'bytes'))
    throw new NopsError('usage', `this format has bytes, and ${name} of this profile is measured in ${unit}`);
  const factor = convert(1, unit, 'bytes').value;
  const nodes: HeapProfileNode[] = [];
  const children = new Map<string, HeapProfileNode>();
  const add = (functionName: string, file: string, line: number, column: number): HeapProfileNode => {
    const node = {
      callFrame: callFrame(functionName, file, line, column),
      selfSize: 0,
      id: nodes.length + 1,
      children: [],
    };
    nodes.push(node);
    return node;
  };
  const childOf = (parent: HeapProfileNode, k: number): HeapProfileNode => {
    const f = lineFunctions[k] ?? 0;
    const startLine = profile.functionStartLines[f] ?? 0;
    const column = profile.lines[k] === startLine ? (profile.columns[k] ?? 0) : 0;
    const key = `${parent.id} ${f} ${column}`;
    const known = children.get(key);
    if (known !== undefined) return known;
    const child = add(profile.functionNames[f] || '<unknown>', profile.functionFiles[f] ?? '', startLine, column);
    children.set(key, child);
    parent.children.push(child);
    return child;
  };
  const head = add('(root)', '', 0, 0);
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = values[i * sampleTypes.length + type] ?? 0;
    if (value <= 0) continue;
    let node = head;
    for (let s = (stackStarts[i + 1] ?? 0) - 1; s >= (stackStarts[i] ?? 0); s--) {
      const l = stacks[s] ?? 0;
      for (let k = (lineStarts[l + 1] ?? 0) - 1; k >= (lineStarts[l] ?? 0); k--) node = childOf(node, k);
    }
    node.selfSize += value * factor;
  }
  return { head, samples: [] };
}

/** Values as a short text: the arguments of suspended functions. They are user data, so they are told only when asked for. */

import { BadRead } from '../target-memory.js';
import type { Suspended } from './collect.js';
import { fields } from './layout.js';
import { type Objects, smiOf } from './objects.js';
import type { Shapes } from './shapes.js';

const maxArguments = 8;
const maxText = 60;
const oddballText = 16;

/** The arguments a function was called with, as they are now; it may have given its parameters other values. */
export function readArguments(objects: Objects, shapes: Shapes, suspended: Suspended): string[] {
  const { shared, function: func } = objects.heap.layout;
  const info = objects.field(suspended.function, func.shared);
  const count = parameterCount(objects, info - 1 + shared.parameterCount);
  const length = objects.smi(suspended.registers, fields.fixedArray.length) ?? 0;
  return Array.from({ length: Math.min(count, length, maxArguments) }, (_, index) =>
    describeValue(objects, shapes, objects.field(suspended.registers, fields.fixedArray.items + 8 * index)),
  );
}

/** The receiver counts as a parameter. */
function parameterCount(objects: Objects, address: number): number {
  try {
    return Math.max(0, objects.heap.memory.uint16(address) - 1);
  } catch (error) {
    if (error instanceof BadRead) return 0;
    throw error;
  }
}

function describeValue(objects: Objects, shapes: Shapes, word: number): string {
  const smi = smiOf(word);
  if (smi !== undefined) return String(smi);
  const type = objects.typeOf(word);
  if (type < 0) return '?';
  if (objects.heap.isString(type)) return JSON.stringify(shapes.string(word, maxText));
  if (objects.isFunction(word)) return `function ${nameOf(objects, word)}`.trim();
  const name = objects.heap.typeName(type);
  if (name === 'Oddball') return shapes.string(objects.field(word, oddballText));
  if (name === 'HeapNumber') return String(objects.heap.memory.read(word - 1 + 8, 8).readDoubleLE(0));
  return shapes.className(word) || name;
}

function nameOf(objects: Objects, func: number): string {
  try {
    return objects.functions.ofFunction(func).name;
  } catch (error) {
    if (error instanceof BadRead) return '';
    throw error;
  }
}

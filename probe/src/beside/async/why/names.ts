/** Names of variables that hold an object: in closures and modules, and on the global object. */

import { BadRead } from '../../target-memory.js';
import { type Objects, smiOf } from '../objects.js';
import type { Shapes } from '../shapes.js';

/** objects/scope-info.h: kScopeInfoMaxInlinedLocalNamesSize. */
const maxInlinedNames = 75;
/** A context's first slot is the ScopeInfo, its second the context around it; with an extension the third is that. */
const firstOwnSlot = 2;
const slotsAt = 16;
/** objects/property-cell.tq: name comes first. */
const cellName = 8;

/** `variable waiting`, for the slot of a context at `offset`; empty when it is not known. */
export function variableName(objects: Objects, context: number, offset: number): string {
  const slot = (offset - slotsAt) / 8;
  const scope = objects.field(context, slotsAt);
  const { types, scope: layout } = objects.heap.layout;
  if (slot < firstOwnSlot || objects.typeOf(scope) !== types.scopeInfo) return '';
  const locals = smiOf(objects.field(scope, 8 + 8 * layout.localCount)) ?? 0;
  if (locals <= 0 || locals >= maxInlinedNames) return '';
  const length = smiOf(objects.field(context, 8)) ?? 0;
  const index = slot - (length - locals);
  if (index < 0 || index >= locals) return '';
  try {
    const name = objects.heap.string(objects.field(scope, 8 + 8 * (layout.firstVariable + index)), 100);
    return name === '' || name.startsWith('.') ? '' : `variable ${name}`;
  } catch (error) {
    if (error instanceof BadRead) return '';
    throw error;
  }
}

/** `globalThis.queue`. */
export function globalName(objects: Objects, shapes: Shapes, cell: number): string {
  const name = shapes.string(objects.field(cell, cellName));
  return name === '' ? '' : `globalThis.${name}`;
}

/** Results made safe to format: whatever text a formatter takes from one, it cannot steer a terminal or begin a line of its own. */

import { printable, printableExcept, safeJson } from './printable.js';

/** How a field is shown that is not one line: `lines` keeps its line ends, `columns` its tabs; `json` is any value, as JSON text. */
export type Shown = 'lines' | 'columns' | 'json';
/** By path, list indexes left out: `routines.lines.source`. */
export type ShownFields = Readonly<Record<string, Shown>>;

declare const isSafe: unique symbol;
/** A result that went through `safe`. */
export type Safe<T> = T & { readonly [isSafe]: true };

/** Deeper than any result of ours; what is below is left out, and so is what holds itself. */
const maxDepth = 1000;
const left = '…';

/**
 * A copy of `value` in which every text is one printable line, keys included, but for those that `fields` names. Never throws for what JSON
 * can hold. Buffers, functions and other values without text are passed on.
 */
export function safe<T>(value: T, fields: ShownFields = {}): Safe<T> {
  const around = new Set<object>();
  const hasFields = Object.keys(fields).length > 0;
  return copy(value, '', 0) as Safe<T>;

  function copy(given: unknown, path: string, depth: number): unknown {
    const shown = hasFields && Object.hasOwn(fields, path) ? fields[path] : undefined;
    if (shown === 'json') return jsonLines(given);
    if (typeof given === 'string') return shown === undefined ? printable(given) : printableExcept(given, kept[shown]);
    if (typeof given !== 'object' || given === null || ArrayBuffer.isView(given)) return given;
    if (depth >= maxDepth || around.has(given)) return left;
    around.add(given);
    const made = Array.isArray(given)
      ? given.map(item => copy(item, path, depth + 1))
      : copyObject(given, path, depth + 1);
    around.delete(given);
    return made;
  }

  function copyObject(given: object, path: string, depth: number): object {
    const object: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(given)) {
      const shown = printable(key);
      const child = copy(item, hasFields ? `${path}${path === '' ? '' : '.'}${key}` : '', depth);
      if (shown === '__proto__') Object.defineProperty(object, shown, { value: child, enumerable: true });
      else object[shown] = child;
    }
    return object;
  }
}

const kept = { lines: '\n', columns: '\t', json: '' };

function jsonLines(value: unknown): string {
  try {
    return safeJson(value, 2) ?? String(value);
  } catch {
    return left;
  }
}

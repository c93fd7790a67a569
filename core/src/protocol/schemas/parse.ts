/** Checks a value against a schema, and says in words what is wrong with it. Nothing of the value itself is repeated: it may be anything. */

import * as v from 'valibot';
import type { Schema } from './build.js';

export type Parsed<T> = { ok: true; value: T } | { ok: false; why: string };

/** `why`: the path of the first field that is wrong, what it must be, and what it is. The value keeps the fields that no schema names. */
export function parseBy<T>(schema: Schema<T>, value: unknown): Parsed<T> {
  if (v.is(schema, value)) return { ok: true, value };
  const { issues: [issue] = [] } = v.safeParse(schema, value, { abortEarly: true });
  if (issue === undefined) return { ok: false, why: 'it is of another shape' };
  const path = v.getDotPath(issue) ?? 'it';
  if (issue.kind === 'schema' && issue.path?.at(-1)?.origin === 'key') return { ok: false, why: `${path} is missing` };
  return { ok: false, why: `${path} must be ${inWords(issue.expected)}, got ${kindOf(issue.input)}` };
}

/** Valibot names types as TypeScript does. */
const words: Record<string, string> = {
  string: 'a string',
  boolean: 'true or false',
  Object: 'an object',
  Array: 'a list',
};

function inWords(expected: string | null): string {
  const parts = (expected ?? 'something else').replaceAll(/[()]/g, '').split(' | ');
  return parts.map(part => words[part] ?? part).join(' or ');
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'number' ? `the number ${value}` : `a ${typeof value}`;
}

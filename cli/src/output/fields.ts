/** A list of named values, one a line, the values in one column. */

import type { Output } from './output.js';

/** A value that is undefined leaves its line out. */
export type Field = [name: string, value: string | undefined, paint?: ((text: string) => string) | undefined];

export function formatFields(fields: Field[], output: Output): string {
  const told = fields.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...told.map(([name]) => name.length)) + 2;
  return told
    .map(([name, value = '', paint = same]) => `${output.colors.head(name.padEnd(width))}${paint(value)}\n`)
    .join('');
}

function same(text: string): string {
  return text;
}

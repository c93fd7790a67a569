/** Colours of the output: off unless it goes to a terminal or FORCE_COLOR asks for them. */

import { createRequire } from 'node:module';

/** Required, since importing a CommonJS package makes Node 20 load a parser of its exports first: 12 ms. */
const picocolors = createRequire(import.meta.url)('picocolors') as typeof import('picocolors');

type Paint = (text: string) => string;

/** Named by what they mean, not by how they look. */
export interface Colors {
  head: Paint;
  dim: Paint;
  good: Paint;
  warn: Paint;
  bad: Paint;
}

export function createColors(enabled: boolean): Colors {
  const colors = picocolors.createColors(enabled);
  return { head: colors.bold, dim: colors.dim, good: colors.green, warn: colors.yellow, bad: colors.red };
}

/** Colours of the output: off unless it goes to a terminal or FORCE_COLOR asks for them. */

import { type Mark, mark } from './marks.js';

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
  const paint = (begin: Mark, end: Mark): Paint => (enabled ? text => `${mark(begin)}${text}${mark(end)}` : same);
  return {
    head: paint('bold', 'normal'),
    dim: paint('dim', 'normal'),
    good: paint('green', 'plain'),
    warn: paint('yellow', 'plain'),
    bad: paint('red', 'plain'),
  };
}

function same(text: string): string {
  return text;
}

/**
 * Regular expressions in the syntax of Go's (RE2: github.com/google/re2/wiki/Syntax), which pprof's options have, as JavaScript's. What
 * only one of the two knows is translated where it means the same, and else refused: never silently read as something else.
 */

import { NopsError } from '../protocol/errors.js';

const classes: Record<string, string> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** Throws a `usage` error that names `option` when the expression is none. */
export function goRegExp(text: string, option: string): RegExp {
  const { source, flags } = translate(text, option);
  try {
    return new RegExp(source, flags);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error);
    throw refused(option, text, why);
  }
}

function translate(text: string, option: string): { source: string; flags: string } {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(text);
  const flags = leading?.[1] ?? '';
  if (/[^ims]/.test(flags)) throw refused(option, text, `the flags (?${flags}) are not supported`);
  const body = text.slice(leading?.[0].length ?? 0);
  if (/^[^[]*\(\?[a-zA-Z-]*\)/.test(body)) throw refused(option, text, 'flags are supported at its beginning only');
  if (/\(\?(?:=|!|<=|<!)/.test(body)) throw refused(option, text, 'it looks ahead or behind, which Go does not know');
  const source = body
    .replace(/\\Q([\s\S]*?)(?:\\E|$)/g, (_, literal: string) => literal.replace(/[$()*+.?[\\\]^{|}/-]/g, '\\$&'))
    .replace(/\[:(\^?)(\w+):\]/g, (all, not: string, name: string) => {
      const range = classes[name];
      if (range === undefined || not !== '') throw refused(option, text, `the class ${all} is not supported`);
      return range;
    })
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    .replace(/\(\?P</g, '(?<');
  return { source, flags };
}

function refused(option: string, text: string, why: string): NopsError {
  return new NopsError(
    'usage',
    `the ${option} ${JSON.stringify(text)} is no regular expression: ${why}`,
    'The syntax is that of Go: https://github.com/google/re2/wiki/Syntax',
  );
}

/**
 * The control sequences that nops itself writes. Texts hold marks in their place, which only the writer turns into sequences, so an escape
 * character in a text always came from elsewhere, whatever it looks like.
 */

/** ECMA-48 and xterm's DEC private modes. */
const sequences = {
  bold: '\x1b[1m',
  dim: '\x1b[2m',
  normal: '\x1b[22m',
  red: '\x1b[31m',
  green: '\x1b[32m',
  yellow: '\x1b[33m',
  plain: '\x1b[39m',
  /** Alternate screen, no cursor, no wrapping of long lines; and all of it back. */
  enterScreen: '\x1b[?1049h\x1b[?25l\x1b[?7l',
  leaveScreen: '\x1b[?7h\x1b[?25h\x1b[?1049l',
  home: '\x1b[H',
  clearBelow: '\x1b[J',
  clearRight: '\x1b[K',
  /** To the first column of this line, and of the next one. */
  lineStart: '\r',
  nextLine: '\r\n',
} as const;

export type Mark = keyof typeof sequences;

/** A character that no text may have, and what nobody outside of this process can know. */
const lead = `\ufdd0${Math.random().toString(36).slice(2)}`;
const marked = new RegExp(`${lead}<(\\w+)>`);

export function mark(name: Mark): string {
  return `${lead}<${name}>`;
}

/** `text` with what stands between marks made `safe`. */
export function renderMarks(text: string, safe: (part: string) => string): string {
  if (!text.includes(lead)) return safe(text);
  // Each second part is a name.
  return text
    .split(marked)
    .map((part, index) => (index % 2 === 0 ? safe(part) : (sequences[part as Mark] ?? '')))
    .join('');
}

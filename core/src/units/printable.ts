/**
 * Names come from other people's processes and files: nothing in them may steer a terminal, reorder a line or hide in it. The set of such
 * characters is defined here and nowhere else:
 *
 *   Cc Cf            control and format characters: C0, DEL, C1; bidi marks, embeddings and isolates, zero-width joiners, tags
 *   Zl Zp            line and paragraph separators
 *   Cs               halves of surrogate pairs, which no encoding can hold
 *   Default_Ignorable_Code_Point
 *                    whatever is drawn as nothing, except for the two selectors of emoji and text style, which only choose a glyph.
 *                    An emoji that is joined of several is therefore shown as its parts.
 *   Noncharacter_Code_Point
 *                    never part of a text; the command line marks its own colours with one (cli/src/output/marks.ts)
 */
const unsafe =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}/gu;

const usual = /^[\x20-\x7e]*$/;
/** Its escapes, up to six characters for each, still fit into one string of V8's. */
const maxCharacters = 80_000_000;
/** V8 ends the process when one replacement finds some tens of millions of places. */
const pieceCharacters = 1_000_000;

/** `text` as one line: control, format and invisible characters are shown as `\xNN`, `\uNNNN` or `\u{NNNNN}`. Never throws. */
export function printable(text: string): string {
  return printableExcept(text, '');
}

/** As `printable`, with the characters of `kept` as they are: `\n` for what has several lines, `\t` for columns. */
export function printableExcept(text: string, kept: string): string {
  if (usual.test(text)) return text;
  const part = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
  return replaceUnsafe(part, char => (kept.includes(char) ? char : visible(char)));
}

const escapes = new Map<string, string>();

/** Kept: a hostile text may have millions of the same. */
function visible(char: string): string {
  const known = escapes.get(char);
  if (known !== undefined) return known;
  const made = escapeOf(char);
  escapes.set(char, made);
  return made;
}

function escapeOf(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\u{${code}}`;
}

/** `value` as JSON with the same characters escaped as JSON does; undefined for what JSON has no text for, such as functions. */
export function safeJson(value: object, indent?: number): string;
export function safeJson(value: unknown, indent?: number): string | undefined;
export function safeJson(value: unknown, indent = 0): string | undefined {
  // The compiler's declaration leaves out that it can be undefined.
  const text = JSON.stringify(value, null, indent) as string | undefined;
  if (text === undefined || usual.test(text)) return text;
  // Outside of strings there are only line ends of our own.
  return replaceUnsafe(text, char => (char === '\n' ? char : unitsOf(char)));
}

function unitsOf(char: string): string {
  const unit = (at: number) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return char.length === 1 ? unit(0) : unit(0) + unit(1);
}

function replaceUnsafe(text: string, replacement: (char: string) => string): string {
  if (text.length <= pieceCharacters) return text.replace(unsafe, replacement);
  const pieces: string[] = [];
  for (let from = 0, to = 0; from < text.length; from = to) {
    to = Math.min(text.length, from + pieceCharacters);
    // Not between the halves of a surrogate pair.
    if (/[\ud800-\udbff]/.test(text.charAt(to - 1))) to++;
    pieces.push(text.slice(from, to).replace(unsafe, replacement));
  }
  return pieces.join('');
}

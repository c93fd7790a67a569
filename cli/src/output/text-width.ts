/** How many columns of a terminal a text takes, and cutting it to so many. */

/** Wide and full-width in Unicode's EastAsianWidth.txt, in whole blocks, and what is drawn as an emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Variation selectors among them: they change the character before. */
const none = /\p{Mark}/u;

/** What stays whole: an escape that stands for a character (core's printable.ts), or a character with its marks. */
const parts = /\\x[\da-f]{2}|\\u[\da-f]{4}|\\u\{[\da-f]+\}|.\p{Mark}*/gsu;

/** For text that was made printable: it has no control characters. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += none.test(char) ? 0 : wide.test(char) ? 2 : 1;
  return width;
}

/** `text` in at most `width` columns, with an ellipsis where something was left out, at its start or end. */
export function cutText(text: string, width: number, side: 'start' | 'end'): string {
  if (textWidth(text) <= width) return text;
  const all = text.match(parts) ?? [];
  if (side === 'start') all.reverse();
  const kept: string[] = [];
  let left = width - 1;
  for (const part of all) {
    left -= textWidth(part);
    if (left < 0) break;
    kept.push(part);
  }
  return side === 'start' ? `…${kept.reverse().join('')}` : `${kept.join('')}…`;
}

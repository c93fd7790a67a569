/** How many columns of a terminal a text takes. */

/** Wide and full-width in Unicode's EastAsianWidth.txt, in whole blocks, and what is drawn as an emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Marks, variation selectors among them, and joiners: they change the character before. */
const none = /\p{Mark}|[\u200b-\u200d]/u;

/** For text that was made printable: it has no control characters. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += none.test(char) ? 0 : wide.test(char) ? 2 : 1;
  return width;
}

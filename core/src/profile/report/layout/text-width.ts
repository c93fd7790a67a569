/** About how wide a text is drawn in Helvetica or what stands in for it: no browser is asked, so a little more than it is. */

/** In parts of the font's size, by the metrics of Helvetica and DejaVu Sans, whichever is wider. */
export function textWidth(text: string, fontSize: number): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width * fontSize;
}

function charWidth(char: string): number {
  if (/[ijl|'.,:;!/\\[\]()ftrI ]/.test(char)) return 0.4;
  if (/[mMW@%]/.test(char)) return 1;
  if (/[A-Zw&~+<>=…]/.test(char)) return 0.82;
  return char < '\u0100' ? 0.63 : 1.05;
}

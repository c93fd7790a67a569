/** `text` without the `ending`s that it ends with. A regular expression for this, `/x+$/`, takes the square of the length of `xxx…y`. */
export function trimEnd(text: string, ending: string): string {
  let end = text.length;
  while (end > 0 && text.endsWith(ending, end)) end -= ending.length;
  return text.slice(0, end);
}

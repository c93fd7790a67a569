/** What the one who looks at a live table chose, changed by keys. Pure. */

/** Columns a table can be sorted by, in the order of their keys 1 to 4. */
export const sortings = ['ownPercent', 'totalPercent', 'ownSeconds', 'totalSeconds'] as const;
export type Sorting = (typeof sortings)[number];

export interface View {
  sorting: Sorting;
  /** Place of the thread in the list; taken modulo its length. */
  thread: number;
  paused: boolean;
}

export const firstView: View = { sorting: 'ownPercent', thread: 0, paused: false };

/** What a key asks for: another view, the end, or nothing. Keys as a terminal sends them in raw mode, arrows as xterm does. */
export function press(key: string, view: View): View | 'quit' | 'interrupt' | undefined {
  switch (key) {
    case 'q':
      return 'quit';
    case '\x03':
      return 'interrupt';
    case 'o':
      return { ...view, sorting: 'ownPercent' };
    case 't':
      return { ...view, sorting: 'totalPercent' };
    case ' ':
    case 'p':
      return { ...view, paused: !view.paused };
    case '\t':
    case '\x1b[C':
    case '\x1b[B':
      return { ...view, thread: view.thread + 1 };
    case '\x1b[Z':
    case '\x1b[D':
    case '\x1b[A':
      return { ...view, thread: view.thread - 1 };
  }
  const sorting = sortings[Number(key) - 1];
  return sorting === undefined ? undefined : { ...view, sorting };
}

/** The keys in what was read at once: a paste or a quick hand sends several. */
export function splitKeys(text: string): string[] {
  return text.match(/\x1b\[[0-9;]*[A-Za-z~]|./gs) ?? [];
}

/** `index` as a place in a list of `length`, counted around. */
export function around(index: number, length: number): number {
  return length === 0 ? 0 : ((index % length) + length) % length;
}

/** Texts that try to steer a terminal, to reorder or hide what stands beside them, or to begin a line that looks like one of nops's. */

/** What a terminal, or whoever reads it, takes for more than a character; never to be printed. */
export const forbidden =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}/u;

/** The beginning of a line that only a text from elsewhere has. */
export const forged = 'nops: forged';

/** One of each kind; a window's title, colours as nops has them, C1, bidi controls, separators, zero width, tags, halves, line ends. */
export const hostileText = [
  '\x1b]0;PWN\x07\x1b[31mX\x1b[39m\x1b[2J\x9b31mC1\x7f\x00',
  '\u202eRLO\u2066\u2069\u200e\u200f\u061calm\u200b\u200d\u2060\ufeff\u00ad',
  '\ufdd0bold\u{e0041}\u{e007f}\ud800',
  `\u2028${forged}\u2029${forged}\u0085${forged}\r${forged}\r\n${forged}\n${forged}\ttab`,
].join('');

/** The same for what must be a file's name or an argument: no NUL, and short. */
export const hostileName = `e\x1b]0;PWN\x07\x1b[31mX\x1b[39m\x9b\u202e\u061c\u200b\u{e0041}\u2028\r\n${forged}\n${forged}\t`;

/** Where a text goes: all that a formatter may know about it. */

import type { Colors } from './color.js';

export interface Output {
  colors: Colors;
  /** Columns of the terminal; undefined when the text goes elsewhere, and then nothing is cut. */
  width: number | undefined;
}

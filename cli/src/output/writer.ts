/**
 * The only way to standard output and standard error. Whatever a formatter left in a text, no more control characters come out than line
 * ends, tabs and the sequences of marks.ts.
 */

import type { WriteStream } from 'node:tty';
import { printableExcept } from '@nops/core/units/printable';
import { renderMarks } from './marks.js';

export interface Writer {
  /** `text` may have several lines; what is no line of nops's own was made one printable line before (core's safe.ts). */
  write(text: string): void;
  readonly isTTY: boolean;
  /** Of the terminal, now; undefined elsewhere. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  /** `redraw` runs when the terminal's size changes, until what this returns is called. */
  onResize(redraw: () => void): () => void;
  /** For Node's line editor alone, which draws by itself: all that it is given must be printable. */
  readonly stream: WriteStream;
}

export function createWriter(stream: WriteStream): Writer {
  return {
    write: text => void stream.write(rendered(text)),
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    onResize(redraw) {
      stream.on('resize', redraw);
      return () => void stream.off('resize', redraw);
    },
    stream,
  };
}

/** What is written for `text`. */
export function rendered(text: string): string {
  return renderMarks(text, safePart);
}

/** Line ends may be those of CSV (RFC 4180). */
function safePart(text: string): string {
  return text
    .split('\r\n')
    .map(part => printableExcept(part, '\n\t'))
    .join('\r\n');
}

/** The alternate screen of a terminal, drawn over in place so that nothing flickers, and given back however the process ends. */

import type { WriteStream } from 'node:tty';

/** Alternate screen, no cursor, no wrapping of long lines; and all of it back (xterm's control sequences, DEC private modes). */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l';

export interface Screen {
  show(text: string): void;
  onResize(redraw: () => void): void;
  close(): void;
}

export function openScreen(stdout: WriteStream): Screen {
  let open = true;
  let off = () => {};
  const close = () => {
    if (!open) return;
    open = false;
    off();
    process.off('exit', close);
    stdout.write(leave);
  };
  // However the process ends, the terminal is given back.
  process.on('exit', close);
  stdout.write(enter);
  return {
    show: text => stdout.write(frame(text, stdout.rows)),
    onResize(redraw) {
      stdout.on('resize', redraw);
      off = () => void stdout.off('resize', redraw);
    },
    close,
  };
}

/** Cursor home, each line and the rest of its row cleared, then all that is below: never a cleared screen. */
function frame(text: string, rows: number): string {
  const lines = text.trimEnd().split('\n');
  const shown = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
  return `\x1b[H${shown.map(line => `${line}\x1b[K`).join('\r\n')}\x1b[J`;
}

/** The alternate screen of a terminal, drawn over in place so that nothing flickers, and given back however the process ends. */

import { mark } from './marks.js';
import type { Writer } from './writer.js';

export interface Screen {
  show(text: string): void;
  onResize(redraw: () => void): void;
  close(): void;
}

export function openScreen(stdout: Writer): Screen {
  let open = true;
  let off = () => {};
  const close = () => {
    if (!open) return;
    open = false;
    off();
    process.off('exit', close);
    stdout.write(mark('leaveScreen'));
  };
  // However the process ends, the terminal is given back.
  process.on('exit', close);
  stdout.write(mark('enterScreen'));
  return {
    show: text => stdout.write(frame(text, stdout.rows ?? 0)),
    onResize(redraw) {
      off = stdout.onResize(redraw);
    },
    close,
  };
}

/** Cursor home, each line and the rest of its row cleared, then all that is below: never a cleared screen. */
function frame(text: string, rows: number): string {
  const lines = text.trimEnd().split('\n');
  const shown = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
  const rest = mark('clearRight');
  return `${mark('home')}${shown.map(line => `${line}${rest}`).join(mark('nextLine'))}${mark('clearBelow')}`;
}

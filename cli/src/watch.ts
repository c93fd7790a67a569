/**
 * `-w`: the result again each second. On a terminal it has the alternate screen to itself, drawn over in place so that nothing
 * flickers; elsewhere each result follows the one before.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { WriteStream } from 'node:tty';
import type { Args } from './args.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { formatJsonLine } from './output/json.js';
import type { Output } from './output/output.js';

const intervalMs = 1000;

/** Alternate screen, no cursor, no wrapping of long lines; and all of it back (xterm's control sequences, DEC private modes). */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l';

/** Never returns: rejects when the signal is aborted, with the screen as it was. `output` is undefined for JSON. */
export async function watch(
  command: Required<Pick<Command, 'watch' | 'print'>>,
  args: Args,
  context: Context,
  stdout: WriteStream,
  output: Output | undefined,
): Promise<never> {
  const screen = output !== undefined && stdout.isTTY === true ? openScreen(stdout) : undefined;
  let last: object | undefined;
  const draw = () => {
    if (last === undefined) return;
    if (output === undefined) stdout.write(formatJsonLine(last));
    else if (screen === undefined) stdout.write(`${command.print(last, output, args)}\n`);
    else screen.show(command.print(last, { ...output, width: stdout.columns }, args));
  };
  screen?.onResize(draw);
  const results = command.watch(context, args);
  try {
    for (;;) {
      last = (await results.next()).value;
      context.signal.throwIfAborted();
      draw();
      await sleep(intervalMs, undefined, { signal: context.signal });
    }
  } finally {
    screen?.close();
  }
}

interface Screen {
  show(text: string): void;
  onResize(redraw: () => void): void;
  close(): void;
}

function openScreen(stdout: WriteStream): Screen {
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

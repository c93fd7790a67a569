/**
 * `-w`: the result again each second. On a terminal it has the alternate screen to itself, drawn over in place so that nothing
 * flickers; elsewhere each result follows the one before.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { WriteStream } from 'node:tty';
import type { CommandContext } from '../context.js';
import { formatJsonLine } from '../output/json.js';
import type { Output } from '../output/output.js';
import { openScreen } from '../output/screen.js';
import type { Args } from './args.js';
import type { Command } from './command.js';

const intervalMs = 1000;

/** Never returns: rejects when the signal is aborted, with the screen as it was. `output` is undefined for JSON. */
export async function watch(
  command: Required<Pick<Command, 'watch' | 'print'>>,
  args: Args,
  context: CommandContext,
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

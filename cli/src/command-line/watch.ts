/**
 * `-w`: the result again each second. On a terminal it has the alternate screen to itself, drawn over in place so that nothing
 * flickers; elsewhere each result follows the one before.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from '../context.js';
import { formatJsonLine } from '../output/json.js';
import type { Output } from '../output/output.js';
import { openScreen } from '../output/screen.js';
import type { Writer } from '../output/writer.js';
import type { Args } from './args.js';
import type { Command } from './command.js';
import { printSafely } from './print.js';

const intervalMs = 1000;

/** Never returns: on a screen it rejects when the signal is aborted, with the screen as it was; elsewhere a signal just ends it. `output` is undefined for JSON. */
export async function watch(
  command: Command & Required<Pick<Command, 'watch'>>,
  args: Args,
  context: CommandContext,
  stdout: Writer,
  output: Output | undefined,
): Promise<never> {
  const screen = output !== undefined && stdout.isTTY ? openScreen(stdout) : undefined;
  const release = screen === undefined ? () => {} : context.hold('each');
  let last: object | undefined;
  const draw = () => {
    if (last === undefined) return;
    if (output === undefined) stdout.write(formatJsonLine(last));
    else if (screen === undefined) stdout.write(`${printSafely(command, last, output, args)}\n`);
    else screen.show(printSafely(command, last, { ...output, width: stdout.columns }, args));
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
    release();
  }
}

/** The one place where results become text: no command's `print` sees a text that could steer a terminal or forge a line. */

import { safe } from '@nops/core/units/safe';
import type { Output } from '../output/output.js';
import type { Args } from './args.js';
import type { Command } from './command.js';

export function printSafely(
  command: Pick<Command, 'print' | 'shown'>,
  result: object,
  output: Output,
  args: Args,
): string {
  return command.print(safe(result, command.shown), output, args);
}

/** `nops trace`: gops has it; here it is not built yet, and says so. */

import { NopsError } from '@nops/core/protocol/errors';
import type { Command } from '../command.js';

export const trace: Command = {
  usage: '<target>',
  examples: [['nops trace 4242', 'not there yet; says what to use until then']],
  options: {},
  takes: { min: 1, max: 1 },
  async run() {
    throw new NopsError(
      'impossible',
      'nops can’t record traces yet',
      'nops cpu <target>   shows what ran; nops stack <target>   what waits; nops stats <target>   how late the event loop is',
    );
  },
  print: () => '',
};

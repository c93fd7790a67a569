/** `nops eval`: the value of a JavaScript expression in a running process, through its inspector. */

import type { EvalResult } from '@nops/core/protocol/attach-results';
import { NopsError } from '@nops/core/protocol/errors';
import type { Command } from '../command-line/command.js';
import { attachPatience } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import { resolveTarget } from '../target/resolve.js';

export const evalCommand: Command<EvalResult> = {
  usage: '<target> <expression> --run-in-process',
  examples: [
    ["nops eval 4242 'process.memoryUsage()' --run-in-process", 'its value as JSON; a promise is waited for'],
    ["nops eval 4242 'globalThis.cache?.size' --run-in-process", 'whatever the expression does, it does in production'],
  ],
  patience: attachPatience,
  options: {
    'run-in-process': {
      type: 'boolean',
      description: 'needed: runs the expression on the main thread of the process, with all of its rights',
    },
  },
  takes: { min: 2, max: 2 },
  async run(context, args) {
    const [text, expression = ''] = args.positionals;
    if (!args.flag('run-in-process')) {
      throw new NopsError(
        'usage',
        'eval runs the expression in the process, on its main thread and with all of its rights; nothing was run',
        'If that is what you want, say so with --run-in-process.',
      );
    }
    const target = await resolveTarget(context, text);
    return target.evaluate(expression);
  },
  shown: { value: 'json' },
  print(result, output) {
    return `${result.value}\n${formatFooter(result, output)}`;
  },
};

/** `nops top`: which functions a process spends its time in, live, by looking at its stacks from outside. */

import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { TopResult } from '@nops/core/protocol/top-results';
import { stoppingTopRate, topRate, topSeconds } from '../bounds.js';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';
import { parseSeconds, secondsOption } from '../command-line/options.js';
import { formatTopResult } from '../output/top-table.js';
import { resolveTarget } from '../target/resolve.js';

export const top: Command<TopResult> = {
  usage: '<target> [-r <N>] [--stop] [--once [-s <N>]]',
  examples: [
    ['nops top 4242', 'live, until q: own and total time of each function; tab for the next thread'],
    ['nops top 4242 --once -s 10 --json', 'ten seconds, then the result'],
  ],
  options: {
    once: { type: 'boolean', description: 'sample for a while, print the result and end' },
    seconds: secondsOption(topSeconds),
    rate: {
      type: 'string',
      short: 'r',
      value: '<N>',
      description: `samples per second, ${topRate.min} to ${topRate.max}, default ${topRate.fallback}`,
    },
    stop: {
      type: 'boolean',
      description: `stop the process (SIGSTOP) for 0.2 to 1 ms at each sample of a running thread, to be exact; -r up to ${stoppingTopRate.max}`,
    },
  },
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const seconds = parseSeconds(args, topSeconds);
    const options = optionsOf(args);
    const target = await resolveTarget(context, args.positionals[0]);
    return target.top({ ...options, seconds });
  },
  live: {
    wanted: args => !args.flag('once'),
    async run(context, args, terminal, output) {
      if (args.text('seconds') !== undefined) {
        throw new NopsError('usage', '-s says how long --once samples', 'Add --once, or leave -s out.');
      }
      const options = optionsOf(args);
      const session = await (await resolveTarget(context, args.positionals[0])).openTop(options);
      try {
        const { stdout } = terminal;
        const stdin = stdout.isTTY && output !== undefined ? terminal.stdin() : undefined;
        if (stdin?.isTTY === true && output !== undefined) {
          const release = context.hold('each');
          const { showLive } = await import('../top/live.js');
          await showLive(session, { stdin, stdout }, output, context.signal).finally(release);
        } else {
          await (await import('../top/plain.js')).showPlain(session, stdout, output, context.signal);
        }
      } finally {
        session.close();
      }
    },
  },
  print: formatTopResult,
};

function optionsOf(args: Args): { stop: boolean; rate: number } {
  const stop = args.flag('stop');
  return { stop, rate: parseWhole('--rate', args.text('rate'), stop ? stoppingTopRate : topRate) };
}

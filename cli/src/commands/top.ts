/** `nops top`: which functions a process spends its time in, live, by looking at its stacks from outside. */

import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { TopResult } from '@nops/core/protocol/top-results';
import type { Args } from '../args.js';
import type { Command } from '../command.js';
import type { Context } from '../context.js';
import { parseSeconds, secondsOption } from '../options.js';
import { formatTopResult } from '../output/top-table.js';
import { resolveTarget } from '../target/resolve.js';
import type { TopSession } from '../top/session.js';

const seconds = { min: 1, max: 3600, fallback: 5 };
/** Each stop takes a fraction of a millisecond: more of them would slow the process down. */
const fastestStopping = 100;
const rate = { min: 1, max: 1000, fallback: 100 };

export const top: Command<TopResult> = {
  usage: '<target> [-r <N>] [--stop] [--once [-s <N>]]',
  examples: [
    ['nops top 4242', 'live, until q: own and total time of each function; tab for the next thread'],
    ['nops top 4242 --once -s 10 --json', 'ten seconds, then the result'],
  ],
  options: {
    once: { type: 'boolean', description: 'sample for a while, print the result and end' },
    seconds: secondsOption(seconds),
    rate: {
      type: 'string',
      short: 'r',
      value: '<N>',
      description: `samples per second, ${rate.min} to ${rate.max}, default ${rate.fallback}`,
    },
    stop: {
      type: 'boolean',
      description: `stop the process (SIGSTOP) for 0.2 to 1 ms at each sample of a running thread, to be exact; -r up to ${fastestStopping}`,
    },
  },
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const measured = parseSeconds(args, seconds);
    const session = await open(context, args);
    const progress = context.progress('sampling', measured * 1000);
    try {
      await session.sampleFor(measured * 1000, context.signal);
      return session.result();
    } finally {
      progress.stop();
      session.close();
    }
  },
  live: {
    wanted: args => !args.flag('once'),
    async run(context, args, terminal, output) {
      if (args.text('seconds') !== undefined) {
        throw new NopsError('usage', '-s says how long --once samples', 'Add --once, or leave -s out.');
      }
      const session = await open(context, args);
      try {
        const { stdout } = terminal;
        const stdin = stdout.isTTY && output !== undefined ? terminal.stdin() : undefined;
        if (stdin?.isTTY === true && output !== undefined) {
          await (await import('../top/live.js')).showLive(session, { stdin, stdout }, output, context.signal);
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

async function open(context: Context, args: Args): Promise<TopSession> {
  const stop = args.flag('stop');
  const bounds = stop ? { ...rate, max: fastestStopping } : rate;
  const perSecond = parseWhole('--rate', args.text('rate'), bounds);
  const target = await resolveTarget(context, args.positionals[0]);
  if (target.process === undefined) {
    throw new NopsError(
      'impossible',
      'top looks at a process of this machine from outside',
      'Run nops where the process runs, or record a profile: nops cpu <target>',
    );
  }
  const { TopSession } = await import('../top/session.js');
  return TopSession.open(target.process.pid, { rate: perSecond, stop });
}

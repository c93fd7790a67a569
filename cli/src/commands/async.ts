/** `nops async`: every suspended async function of a process, as stacks of who awaits whom, and what they wait on. */

import type { AsyncResult } from '@nops/core/protocol/async-results';
import { parseWhole } from '@nops/core/protocol/parameters';
import { asyncBounds } from '@nops/probe/beside/async/read-async';
import type { Command } from '../command.js';
import { parseMoment } from '../duration.js';
import { formatAsync } from '../output/async.js';
import { formatFooter } from '../output/footer.js';
import { resolveTarget } from '../target/resolve.js';
import { besideElseAgent } from '../ways.js';

const { betweenMs, why } = asyncBounds;
const moment = { min: betweenMs.min / 1000, max: betweenMs.max / 1000 };
/** For the agent's answer, beyond the moment between its two looks: a large heap takes seconds. */
const answerMs = 60_000;

export const async: Command<AsyncResult> = {
  usage: '<target> [-s <N>] [--why <N>] [--live] [--all] [--values]',
  examples: [
    ['nops async 4242', 'also while its main thread is stuck; nothing is paused'],
    ['nops async 4242 -s 5 --live', 'what has not moved for five seconds, without what is only garbage'],
  ],
  options: {
    seconds: {
      type: 'string',
      short: 's',
      value: '<N>',
      description: `seconds between the two looks, ${moment.min} to ${moment.max}, default ${betweenMs.fallback / 1000}`,
    },
    why: {
      type: 'string',
      value: '<N>',
      description: `how many stacks of each group to follow to what they wait on, ${why.min} to ${why.max}, default ${why.fallback}`,
    },
    live: { type: 'boolean', description: 'leave out what nothing can wake any more' },
    all: { type: 'boolean', description: 'every group and frame, also Node’s own and those of packages' },
    values: { type: 'boolean', description: 'arguments, and the queries of URLs: user data' },
  },
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const target = await resolveTarget(context, args.positionals[0]);
    const between = parseMoment(args.text('seconds'), moment);
    const options = {
      betweenMs: between === undefined ? betweenMs.fallback : Math.round(1000 * between),
      why: parseWhole('--why', args.text('why'), why),
      live: args.flag('live'),
      all: args.flag('all'),
      values: args.flag('values'),
    };
    const progress = context.progress('looking twice', options.betweenMs);
    try {
      return await besideElseAgent(
        target,
        async pid => (await import('../beside/async.js')).asyncBeside(pid, { ...options, signal: context.signal }),
        agent => agent.call('async', numbers(options), { deadlineMs: options.betweenMs + answerMs }),
      );
    } finally {
      progress.stop();
    }
  },
  print: (result, output, args) =>
    formatAsync(result, output, args?.flag('all') === true) + formatFooter(result, output),
};

/** As parameters: 0 and 1 for no and yes. */
function numbers(options: Record<string, number | boolean>): Record<string, number> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, Number(value)]));
}

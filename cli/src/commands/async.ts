/** `nops async`: every suspended async function of a process, as async call stacks, with what each waits on. */

import type { AsyncResult } from '@nops/core/protocol/async-results';
import { parseWhole } from '@nops/core/protocol/parameters';
import { asyncBounds } from '@nops/probe/beside/async/read-async';
import type { Command } from '../command-line/command.js';
import { parseMoment } from '../command-line/duration.js';
import { treeOption } from '../command-line/options.js';
import { formatAsync } from '../output/async.js';
import { formatFooter } from '../output/footer.js';
import { resolveTarget } from '../target/resolve.js';
import { asyncTotals } from '../tree/totals.js';

const { betweenMs, why } = asyncBounds;
const moment = { min: betweenMs.min / 1000, max: betweenMs.max / 1000 };

export const async: Command<AsyncResult> = {
  usage: '<target> [-s <N>] [--why <N>] [--live] [--all] [--values] [--tree]',
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
    tree: treeOption,
    values: { type: 'boolean', description: 'arguments, and the queries of URLs: user data' },
  },
  patience:
    'An agent, asked only where the memory of the process can’t be read, has 60 s beyond -s: a large heap takes seconds to look through.',
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const seconds = parseMoment(args.text('seconds'), moment);
    const target = await resolveTarget(context, args.positionals[0]);
    return target.async({
      ...(seconds === undefined ? {} : { seconds }),
      why: parseWhole('--why', args.text('why'), why),
      live: args.flag('live'),
      all: args.flag('all'),
      values: args.flag('values'),
    });
  },
  tree: { totals: asyncTotals },
  print: (result, output, args) =>
    formatAsync(result, output, args?.flag('all') === true) + formatFooter(result, output),
};

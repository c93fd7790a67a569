/** `nops allocs`: samples all that is allocated through the agent, keeps it as a pprof file, and shows which functions allocate most. */

import type { AllocsResult } from '@nops/core/protocol/memory-results';
import { formatBytes, formatNumber } from '@nops/core/units/format';
import { recordSeconds } from '../bounds.js';
import type { Command } from '../command-line/command.js';
import { attachPatience, parseSeconds, secondsOption, treeOption } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import { formatTop } from '../output/top.js';
import { checkWritable } from '../output/write-file.js';
import { resolveTarget } from '../target/resolve.js';

export const allocs: Command<AllocsResult> = {
  usage: '<target> [-s <N>] [-o <file>] [--tree]',
  examples: [
    ['nops allocs 4242', 'what 5 seconds allocate, also what is freed at once: who keeps the garbage collector busy'],
    ['nops allocs 4242 -s 30 -o allocs.pb.gz', 'then, for example: nops ui allocs.pb.gz'],
  ],
  options: {
    seconds: secondsOption(recordSeconds),
    output: { type: 'string', short: 'o', value: '<file>', description: 'where to write the profile' },
    tree: treeOption,
  },
  patience: `The agent has 30 s beyond -s to end the profile. ${attachPatience}`,
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const seconds = parseSeconds(args, recordSeconds);
    const output = args.text('output');
    checkWritable(output ?? 'nops-allocs');
    const target = await resolveTarget(context, args.positionals[0]);
    const { profile, ...recorded } = await target.allocs({ seconds, tree: args.flag('tree') });
    const file = (await import('../record/profile-file.js')).keepProfile(
      context,
      output,
      'allocs',
      recorded.pid,
      profile,
    );
    return { ...recorded, file };
  },
  print(result, output) {
    const summary = `${formatBytes(result.totalBytes)} allocated in about ${formatNumber(result.objects)} objects, sampled over ${formatNumber(result.seconds)} s`;
    const table = formatTop(result.top, result.totalBytes, formatBytes, output);
    return `${table}\n${summary}\nwritten to ${result.file}\n${formatFooter(result, output)}`;
  },
};

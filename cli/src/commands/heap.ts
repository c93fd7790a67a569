/** `nops heap`: samples the heap through the agent, keeps it as a pprof file, and shows which functions hold most of it. */

import type { HeapResult } from '@nops/core/protocol/memory-results';
import { formatBytes, formatNumber } from '@nops/core/units/format';
import { recordSeconds } from '../bounds.js';
import type { Command } from '../command-line/command.js';
import { attachPatience, parseSeconds, treeOption } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import { formatTop } from '../output/top.js';
import { checkWritable } from '../output/write-file.js';
import { resolveTarget } from '../target/resolve.js';
import { formatPage, openOption, openProfile } from '../ui-server/page.js';

export const heap: Command<HeapResult> = {
  usage: '<target> [-s <N>] [-o <file>] [--tree] [--open]',
  examples: [
    ['nops heap 4242', 'what 5 seconds allocate and keep; with NOPS_HEAP=1 in the process, everything since its start'],
    ['nops heap 4242 -s 30 -o heap.pb.gz', 'then, for example: go tool pprof -http=: heap.pb.gz'],
    ['nops heap 4242 --open', 'and show it as a flame graph in the browser'],
  ],
  options: {
    seconds: {
      type: 'string',
      short: 's',
      value: '<N>',
      description: `seconds to sample, ${recordSeconds.min} to ${recordSeconds.max}, default ${recordSeconds.fallback}, or since the start`,
    },
    output: { type: 'string', short: 'o', value: '<file>', description: 'where to write the profile' },
    tree: treeOption,
    open: openOption,
  },
  patience: `The agent has 30 s beyond -s to end the profile. ${attachPatience}`,
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const seconds = args.text('seconds') === undefined ? undefined : parseSeconds(args, recordSeconds);
    const output = args.text('output');
    checkWritable(output ?? 'nops-heap');
    const target = await resolveTarget(context, args.positionals[0]);
    const { profile, ...recorded } = await target.heap({
      ...(seconds === undefined ? {} : { seconds }),
      tree: args.flag('tree'),
    });
    const file = (await import('../record/profile-file.js')).keepProfile(
      context,
      output,
      'heap',
      recorded.pid,
      profile,
    );
    if (!args.flag('open')) return { ...recorded, file };
    const page = await openProfile(context, target, { kind: 'heap', seconds, bytes: profile });
    return { ...recorded, file, notes: [...recorded.notes, ...page.notes], url: page.url };
  },
  stays: args => args.flag('open'),
  print(result, output) {
    const summary = `${formatBytes(result.totalBytes)} in use in about ${formatNumber(result.objects)} objects, sampled over ${formatNumber(result.seconds)} s`;
    const table = formatTop(result.top, result.totalBytes, formatBytes, output);
    return `${table}\n${summary}\nwritten to ${result.file}\n${formatFooter(result, output)}${formatPage(result.url, output)}`;
  },
};

/** `nops cpu`: records a CPU profile through the agent, keeps it as a pprof file, and shows the costliest functions. */

import { parseWhole } from '@nops/core/protocol/parameters';
import type { CpuResult } from '@nops/core/protocol/results';
import { formatMillis } from '@nops/core/units/format';
import { printable } from '@nops/core/units/printable';
import { cpuHz, recordSeconds } from '../bounds.js';
import type { Command } from '../command.js';
import { parseSeconds, secondsOption } from '../options.js';
import { formatFooter } from '../output/footer.js';
import { formatTop } from '../output/top.js';
import { checkWritable } from '../output/write-file.js';
import { resolveTarget } from '../target/resolve.js';
import { formatPage, openOption, openProfile } from '../ui-server/page.js';

export const cpu: Command<CpuResult> = {
  usage: '<target> [-s <N>] [-o <file>] [--open]',
  examples: [
    ['nops cpu 4242', 'profile 5 seconds into nops-cpu-4242-<time>.pb.gz'],
    ['nops cpu 4242 -s 30 -o cpu.pb.gz', 'then, for example: go tool pprof -http=: cpu.pb.gz'],
    ['nops cpu 4242 --open', 'and show it as a flame graph in the browser'],
  ],
  options: {
    seconds: secondsOption(recordSeconds),
    output: { type: 'string', short: 'o', value: '<file>', description: 'where to write the profile' },
    open: openOption,
    hz: {
      type: 'string',
      value: '<N>',
      description: `samples per second, ${cpuHz.min} to ${cpuHz.max}, default ${cpuHz.fallback}`,
    },
  },
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const seconds = parseSeconds(args, recordSeconds);
    const hz = parseWhole('--hz', args.text('hz'), cpuHz);
    const output = args.text('output');
    checkWritable(output ?? 'nops-cpu');
    const target = await resolveTarget(context, args.positionals[0]);
    const { profile, ...recorded } = await target.cpu({ seconds, hz });
    const file = (await import('../profile.js')).keepProfile(output, 'cpu', recorded.pid, profile);
    if (!args.flag('open')) return { ...recorded, file };
    const page = await openProfile(context, target, { kind: 'cpu', seconds, bytes: profile });
    return { ...recorded, file, notes: [...recorded.notes, ...page.notes], url: page.url };
  },
  stays: args => args.flag('open'),
  print(result, output) {
    const summary = `${formatMillis(result.totalNanos / 1e6)} in ${result.samples} samples over ${result.seconds} s`;
    const table = formatTop(result.top, result.totalNanos, nanos => formatMillis(nanos / 1e6), output);
    return `${table}\n${summary}\nwritten to ${printable(result.file)}\n${formatFooter(result, output)}${formatPage(result.url, output)}`;
  },
};

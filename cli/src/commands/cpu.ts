/** `nops cpu`: records a CPU profile through the agent, keeps it as a pprof file, and shows the costliest functions. */

import { parseWhole } from '@nops/core/protocol/parameters';
import type { CpuResult, TopEntry } from '@nops/core/protocol/results';
import { formatMillis } from '@nops/core/units/format';
import { printable } from '@nops/core/units/printable';
import type { Command } from '../command.js';
import { parseSeconds, secondsOption } from '../options.js';
import { formatFooter } from '../output/footer.js';
import { formatTop } from '../output/top.js';
import { checkWritable, writeWhole } from '../output/write-file.js';
import { recordProfile, recordSeconds } from '../record.js';
import { resolveTarget } from '../target/resolve.js';
import { formatPage, openOption, openPage } from '../ui-server/page.js';
import { servedOf } from '../ui-server/recorded.js';

const hz = { min: 1, max: 1000, fallback: 100 };
/** When two functions have this much, the process may be in a loop that never ends. */
const loopPercent = 80;

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
      description: `samples per second, ${hz.min} to ${hz.max}, default ${hz.fallback}`,
    },
  },
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const seconds = parseSeconds(args, recordSeconds);
    const params = { hz: parseWhole('--hz', args.text('hz'), hz) };
    const output = args.text('output');
    checkWritable(output ?? 'nops-cpu');
    const target = await resolveTarget(context, args.positionals[0]);
    const { info, bytes } = await recordProfile(context, target, { kind: 'cpu', seconds, params });
    const { pid } = info;
    const { profileFile, readProfile } = await import('../profile.js');
    const { samples, total, entries } = await readProfile(bytes);
    const file = output ?? profileFile('cpu', pid);
    writeWhole(file, bytes);
    const seen = { kind: 'cpu' as const, seconds, bytes };
    const page = args.flag('open') ? await openPage(context, servedOf(target, info, seen)) : undefined;
    return {
      schema: 'nops.cpu/1',
      pid,
      way: 'agent',
      notes: [...notesOf(samples, entries), ...(page?.notes ?? [])],
      file,
      seconds,
      samples,
      totalNanos: total,
      top: entries,
      ...(page === undefined ? {} : { url: page.url }),
    };
  },
  stays: args => args.flag('open'),
  print(result, output) {
    const summary = `${formatMillis(result.totalNanos / 1e6)} in ${result.samples} samples over ${result.seconds} s`;
    const table = formatTop(result.top, result.totalNanos, nanos => formatMillis(nanos / 1e6), output);
    return `${table}\n${summary}\nwritten to ${printable(result.file)}\n${formatFooter(result, output)}${formatPage(result.url, output)}`;
  },
};

/** V8's profiler gives the time of a loop that was optimized while it ran (on-stack replacement) to the function that called it. */
function notesOf(samples: number, top: TopEntry[]): string[] {
  if (samples === 0) return ['No sample was taken: the main thread did not run JavaScript meanwhile.'];
  // Two: the loop may have been optimized in the middle of the profile, which then has both.
  const percent = top.slice(0, 2).reduce((sum, entry) => sum + entry.flatPercent, 0);
  if (percent < loopPercent) return [];
  return [
    'One or two functions have nearly all of it. If one loops, V8 may have told its caller instead of it: nops stack shows where it really is.',
  ];
}

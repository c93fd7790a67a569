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
import { resolveTarget } from '../target/resolve.js';
import { requireAgent } from '../target/target.js';

const seconds = { min: 1, max: 300, fallback: 5 };
const hz = { min: 1, max: 1000, fallback: 100 };
/** Stopping a profiler takes time that grows with what it recorded. */
/** When two functions have this much, the process may be in a loop that never ends. */
const loopPercent = 80;
const stopDeadlineMs = 30_000;

export const cpu: Command<CpuResult> = {
  usage: '<target> [-s <N>] [-o <file>]',
  examples: [
    ['nops cpu 4242', 'profile 5 seconds into nops-cpu-4242-<time>.pb.gz'],
    ['nops cpu 4242 -s 30 -o cpu.pb.gz', 'then, for example: go tool pprof -http=: cpu.pb.gz'],
  ],
  options: {
    seconds: secondsOption(seconds),
    output: { type: 'string', short: 'o', value: '<file>', description: 'where to write the profile' },
    hz: {
      type: 'string',
      value: '<N>',
      description: `samples per second, ${hz.min} to ${hz.max}, default ${hz.fallback}`,
    },
  },
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const params = { seconds: parseSeconds(args, seconds), hz: parseWhole('--hz', args.text('hz'), hz) };
    const output = args.text('output');
    checkWritable(output ?? 'nops-cpu');
    const target = await resolveTarget(context, args.positionals[0]);
    const agent = await requireAgent(target, 'A CPU profile');
    const { pid } = await agent.call('info', { details: 0 });
    const progress = context.progress('profiling', params.seconds * 1000);
    const deadlineMs = params.seconds * 1000 + stopDeadlineMs;
    const bytes = await agent.download('profile', params, { deadlineMs }).finally(() => progress.stop());
    const { profileFile, readProfile } = await import('../profile.js');
    const { samples, total, entries } = await readProfile(bytes);
    const file = output ?? profileFile('cpu', pid);
    writeWhole(file, bytes);
    return {
      schema: 'nops.cpu/1',
      pid,
      way: 'agent',
      notes: notesOf(samples, entries),
      file,
      seconds: params.seconds,
      samples,
      totalNanos: total,
      top: entries,
    };
  },
  print(result, output) {
    const summary = `${formatMillis(result.totalNanos / 1e6)} in ${result.samples} samples over ${result.seconds} s`;
    const table = formatTop(result.top, result.totalNanos, nanos => formatMillis(nanos / 1e6), output);
    return `${table}\n${summary}\nwritten to ${printable(result.file)}\n${formatFooter(result, output)}`;
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

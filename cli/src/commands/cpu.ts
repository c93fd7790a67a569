/** `nops cpu`: records a CPU profile through the agent, keeps it as a pprof file, and shows the costliest functions. */

import type { FormatName } from '@nops/core/profile/formats/formats';
import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { CpuResult } from '@nops/core/protocol/results';
import { formatMillis } from '@nops/core/units/format';
import { cpuHz, lastSeconds, recordSeconds } from '../bounds.js';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';
import { parseDuration } from '../command-line/duration.js';
import { attachPatience, parseSeconds, secondsOption, treeOption } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import { formatTop } from '../output/top.js';
import { checkWritable } from '../output/write-file.js';
import { resolveTarget } from '../target/resolve.js';
import { formatPage, openOption, openProfile } from '../ui-server/page.js';

export const cpu: Command<CpuResult> = {
  usage: '<target> [-s <N> | --last <time>] [--thread <which>] [-o <file>] [--tree] [--open]',
  examples: [
    ['nops cpu 4242', 'profile 5 seconds into nops-cpu-4242-<time>.pb.gz'],
    ['nops cpu 4242 -s 30 -o cpu.pb.gz', 'then, for example: go tool pprof -http=: cpu.pb.gz'],
    ['nops cpu 4242 --last 60s', 'what the last minute was, of a process started with NOPS_PROFILE=warm'],
    ['nops cpu 4242 --thread main -o cpu.cpuprofile', 'one thread, for DevTools, with the time of each sample'],
    ['nops cpu 4242 --tree', 'of a cluster, PM2 or whatever it started as well; then: nops pprof -tagroot pid <file>'],
    ['nops cpu 4242 --open', 'and show it as a flame graph in the browser'],
  ],
  options: {
    seconds: secondsOption(recordSeconds),
    last: {
      type: 'string',
      value: '<time>',
      description: 'instead: so much of the past, as 60s or 2m, where it is held',
    },
    thread: { type: 'string', value: '<which>', description: 'main, all (default), or a worker’s number or name' },
    format: {
      type: 'string',
      value: '<name>',
      description: 'of the file: pb (default), cpuprofile, collapsed, speedscope…',
    },
    output: { type: 'string', short: 'o', value: '<file>', description: 'where to write the profile' },
    tree: treeOption,
    open: openOption,
    hz: {
      type: 'string',
      value: '<N>',
      description: `samples per second, ${cpuHz.min} to ${cpuHz.max}, default ${cpuHz.fallback}`,
    },
  },
  patience: `The agent has 30 s beyond -s to end the profile. ${attachPatience}`,
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const seconds = parseSeconds(args, recordSeconds);
    const hz = parseWhole('--hz', args.text('hz'), cpuHz);
    const last = parseLast(args);
    const output = args.text('output');
    const { cpuFormat, writeCpuFormat } = await import('../record/cpu-format.js');
    const format = cpuFormat(args.text('format'), output);
    checkWritable(output ?? 'nops-cpu');
    const target = await resolveTarget(context, args.positionals[0]);
    const { profile, ...recorded } = await target.cpu({
      ...(last === undefined ? { seconds, hz } : { last }),
      ...threadOf(args, format),
      ...(format === 'cpuprofile' ? { format } : {}),
      tree: args.flag('tree'),
    });
    const { keepProfile } = await import('../record/profile-file.js');
    const { content, extension } = await writeCpuFormat(profile, format);
    const file = keepProfile(context, output, 'cpu', recorded.pid, content, extension);
    if (!args.flag('open')) return { ...recorded, file };
    const page = await openProfile(context, target, { kind: 'cpu', seconds, bytes: profile });
    return { ...recorded, file, notes: [...recorded.notes, ...page.notes], url: page.url };
  },
  stays: args => args.flag('open'),
  print(result, output) {
    const summary = `${formatMillis(result.totalNanos / 1e6)} in ${result.samples} samples over ${result.seconds} s`;
    const table = formatTop(result.top, result.totalNanos, nanos => formatMillis(nanos / 1e6), output);
    return `${table}\n${summary}\nwritten to ${result.file}\n${formatFooter(result, output)}${formatPage(result.url, output)}`;
  },
};

/** How far back, in seconds. Throws `usage`. */
function parseLast(args: Args): number | undefined {
  const text = args.text('last');
  if (text === undefined) return undefined;
  for (const name of ['seconds', 'hz']) {
    if (args.text(name) === undefined) continue;
    throw new NopsError('usage', `--last is of the past, which was sampled already: leave out --${name}`);
  }
  const seconds = parseDuration(text) ?? (/^\d+$/.test(text) ? Number(text) : undefined);
  if (seconds !== undefined && seconds >= lastSeconds.min && seconds <= lastSeconds.max) return seconds;
  throw new NopsError(
    'usage',
    `invalid value for "--last": ${JSON.stringify(text)} - must be ${lastSeconds.min} to ${lastSeconds.max} seconds, as 60s or 2m`,
    'Give a time within these bounds.',
  );
}

/** V8's own format has one thread, by default the main one. */
function threadOf(args: Args, format: FormatName): { thread?: string } {
  const thread = args.text('thread');
  if (thread === undefined) return {};
  if (thread !== 'all' || format !== 'cpuprofile') return { thread };
  throw new NopsError(
    'usage',
    'a .cpuprofile has one thread',
    'Give --thread main or that of a worker, or another format.',
  );
}

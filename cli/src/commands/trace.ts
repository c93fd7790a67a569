/** `nops trace`: records what a process ran and what it waited for, and reports on such a recording. */

import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { TraceRecorded, TraceResult } from '@nops/core/protocol/trace-results';
import { traceHz, traceLast, traceSeconds } from '../bounds.js';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';
import { attachPatience, maxTargets, parseSeconds, secondsOption } from '../command-line/options.js';
import { type Context, uninterrupted } from '../context.js';
import { fileName } from '../output/file-name.js';
import { checkWritable, writeWhole } from '../output/write-file.js';
import type { TraceWanted } from '../record/record-trace.js';
import { resolveTarget } from '../target/resolve.js';
import { openTrace } from '../trace/open.js';
import { reportNames, reportOf, reportOfSchema } from '../trace/reports/index.js';
import { printSummary } from '../trace/reports/summary.js';

export const trace: Command<TraceResult> = {
  usage: '[<report>] <file|target> ... [-s <N> | --last <time>] [-o <file>]',
  examples: [
    ['nops trace 4242', 'record 10 seconds into nops-trace-4242-<time>.json.gz, and sum them up'],
    ['nops trace 4242 --last 10s', 'what was before, of a process started with NOPS_FLIGHT=1'],
    ['nops trace tasks trace.json.gz', 'by route: how many, how long, and what their time went to'],
    ['nops trace task 812 trace.json.gz', 'what happened in one of them'],
    [
      'nops trace net trace.json.gz --pprof net.pb.gz',
      'waits for the network, by peer and who asked; also net, sync, fs, sched, threadpool',
    ],
    ['nops trace loop trace.json.gz', 'what held the event loop; also gc, connections, threads'],
    ['nops trace diff before.json.gz after.json.gz', 'which routes got slower, and in what'],
  ],
  options: {
    seconds: secondsOption(traceSeconds),
    output: { type: 'string', short: 'o', value: '<file>', description: 'where to write the trace' },
    last: {
      type: 'string',
      value: '<time>',
      description: `of the past, ${traceLast.min}s to ${traceLast.max}s, of a process started with NOPS_FLIGHT=1`,
    },
    hz: {
      type: 'string',
      value: '<N>',
      description: `CPU samples per second, ${traceHz.min} (none) to ${traceHz.max}, default ${traceHz.fallback}`,
    },
    kind: {
      type: 'string',
      value: '<kind>',
      description: 'tasks of one kind only: http-server, http-client, user or async',
    },
    pprof: { type: 'string', value: '<file>', description: 'write a blocking report as a pprof profile as well' },
  },
  patience: `The agent has 30 s beyond -s to end the trace. Of its trace at most 128 MiB are taken, which nops reads in up to 2 GB of memory. ${attachPatience}`,
  takes: { min: 1, max: maxTargets },
  each: splitTraces,
  async run(context, args) {
    const wanted = {
      seconds: parseSeconds(args, traceSeconds),
      hz: parseWhole('--hz', args.text('hz'), traceHz),
      last: parseLast(args),
    };
    const [word = '', ...rest] = args.positionals;
    const report = reportOf(word);
    if (report === undefined) return record(context, args, wanted);
    if (args.text('output') !== undefined)
      throw new NopsError(
        'usage',
        '--output is for recording',
        `nops trace <target> -o <file>   then: nops trace ${word} <file>`,
      );
    const words = rest.slice(0, report.takes);
    const sources = rest.slice(report.takes);
    if (sources.length !== report.traces) throw wrongCount(word, report.takes, report.traces);
    const traces = await Promise.all(sources.map(source => openTrace(context, source, wanted)));
    return report.compute(traces, words, args);
  },
  print(result, output, args) {
    if (result.schema !== 'nops.trace/1') return reportOfSchema(result.schema).print(result, output, args);
    return `${printSummary(result, output)}\nwritten to ${result.file}: open it in ui.perfetto.dev, or ask nops trace ${reportNames.join('|')}\n`;
  },
};

/** A report on several traces is one answer for each, but for those that compare them. */
function splitTraces(args: Args): Args[] {
  const [word = '', ...rest] = args.positionals;
  const report = reportOf(word);
  if (report === undefined) return args.positionals.map(target => args.with([target]));
  const sources = rest.slice(report.takes);
  if (report.traces > 1 || sources.length < 2) return [args];
  return sources.map(source => args.with([word, ...rest.slice(0, report.takes), source]));
}

async function record(context: Context, args: Args, wanted: TraceWanted): Promise<TraceRecorded> {
  const [source = ''] = args.positionals;
  const output = args.text('output');
  checkWritable(output ?? 'nops-trace');
  const target = await resolveTarget(context, source);
  const { trace: bytes, ...recorded } = await target.trace(wanted);
  const file = output ?? fileName('trace', recorded.pid, 'json.gz');
  uninterrupted(context, () => writeWhole(file, bytes));
  return { ...recorded, source, file };
}

function wrongCount(word: string, takes: number, traces: number): NopsError {
  const what = `${takes > 0 ? 'a number and ' : ''}${traces === 1 ? 'a file or target' : 'two files or targets'}`;
  return new NopsError(
    'usage',
    `nops trace ${word} needs ${what}`,
    `nops trace --help   has examples; a process called ${word}: nops trace summary ${word}`,
  );
}

function parseLast(args: Args): number | undefined {
  const text = args.text('last');
  if (text === undefined) return undefined;
  for (const name of ['seconds', 'hz']) {
    if (args.text(name) !== undefined)
      throw new NopsError('usage', `--last is of the past, which was recorded already: leave out --${name}`);
  }
  return parseWhole('--last', text.replace(/s$/, ''), { ...traceLast, fallback: traceLast.max });
}

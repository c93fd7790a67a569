/** `nops report`: what a CPU profile says in one page of text, by flamebearer. */

import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { ReportResult } from '@nops/core/protocol/report-results';
import { recordSeconds } from '../bounds.js';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';

const maxSources = 64;
const top = { min: 1, max: 500, fallback: 20 };

export const report: Command<ReportResult> = {
  usage: '<source>… [--stacks <function>]',
  examples: [
    ['nops report cpu.cpuprofile', 'the heaviest stacks, functions and lines of each thread, on one page'],
    ['nops report 4242 -s 10', 'record process 4242 first'],
    ['nops report trace.json --stacks parse', 'callers, callees and hot lines of one function'],
    ['nops report cpu.pb.gz other.cpuprofile', 'several, each as a thread'],
  ],
  options: {
    seconds: {
      type: 'string',
      short: 's',
      value: '<N>',
      description: `seconds to record from a target, ${recordSeconds.min} to ${recordSeconds.max}, default ${recordSeconds.fallback}`,
    },
    top: { type: 'string', value: '<N>', description: `functions to list for each thread, default ${top.fallback}` },
    stacks: { type: 'string', value: '<function>', description: 'tell more about the functions of this name instead' },
    thread: { type: 'string', value: '<name>', description: 'only threads with this in their names' },
    from: { type: 'string', value: '<ms>', description: 'only from this time on, from each thread’s start' },
    to: { type: 'string', value: '<ms>', description: 'only up to this time' },
    'no-sourcemap': { type: 'boolean', description: 'don’t look for source maps beside the files that it names' },
  },
  takes: { min: 1, max: maxSources },
  async run(context, args) {
    const asked = args.text('seconds');
    const seconds = asked === undefined ? undefined : parseWhole('--seconds', asked, recordSeconds);
    const options = {
      top: parseWhole('--top', args.text('top'), top),
      from: parseMillis(args, 'from'),
      to: parseMillis(args, 'to'),
      threads: args.texts('thread'),
      stacks: args.text('stacks'),
      sourceMaps: !args.flag('no-sourcemap'),
    };
    const [{ loadContent }, { summarize }] = await Promise.all([
      import('../pprof/sources.js'),
      import('../pprof/summary.js'),
    ]);
    const contents = await Promise.all(args.positionals.map(source => loadContent(context, source, { seconds })));
    return { schema: 'nops.report/1', ...(await summarize(contents, options)) };
  },
  shown: { text: 'lines' },
  print({ text, notes }, output) {
    return [`${text}\n`, ...notes.map(note => `${output.colors.dim(`note: ${note}`)}\n`)].join('');
  },
};

function parseMillis(args: Args, name: 'from' | 'to'): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new NopsError('usage', `--${name} is no number of milliseconds: ${JSON.stringify(text)}`);
}

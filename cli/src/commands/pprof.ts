/** `nops pprof`: the reports of Go's `go tool pprof`, under the same options and with the same numbers, without Go. */

import { isatty } from 'node:tty';
import { formatPprof, pprofShown } from '@nops/core/profile/report/text';
import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { PprofResult } from '@nops/core/protocol/pprof-results';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';
import { type Context, uninterrupted } from '../context.js';
import { checkWritable, writeWhole } from '../output/write-file.js';
import { parseConfig, parseReport, pprofOptions, wantsShell } from '../pprof/options.js';

const seconds = { min: 1, max: 300, fallback: 5 };
/** Of a URL. */
const timeouts = { min: 1, max: 3600, fallback: 60 };
const maxSources = 64;
const forPeople = ['top', 'tree', 'peek', 'list', 'traces', 'tags', 'comments'];

export const pprof: Command<PprofResult> = {
  usage: '[-<report>] [options] <source>…',
  examples: [
    ['nops pprof cpu.pb.gz', 'the costliest functions; options may have one dash, as in Go'],
    ['nops pprof -peek=handler -s 10 4242', 'record process 4242, and show who calls what'],
    ['nops pprof -list=handler -focus=feed cpu.pb.gz', 'the source with what each line costs'],
    ['nops pprof -top -diff_base=old.pb.gz new.pb.gz', 'what changed'],
    ['nops pprof -top api/heap', 'the heap of the process called api'],
    ['nops pprof -proto -o all.pb.gz a.pb.gz b.pb.gz', 'several as one'],
    ['nops pprof http://localhost:6060/debug/pprof/heap', 'from a Go service'],
  ],
  options: pprofOptions,
  patience: 'An agent has 30 s beyond -seconds to end a profile; a URL has -timeout.',
  takes: { min: 1, max: maxSources },
  live: {
    wanted: args => wantsShell(args, () => isatty(0) && isatty(1)),
    async run(context, args, terminal) {
      const config = parseConfig(args);
      const profile = await loadAll(context, args);
      const { runShell } = await import('../pprof/shell/shell.js');
      await runShell(context, profile, config, terminal);
    },
  },
  async run(context, args) {
    const { report, symbol } = parseReport(args);
    const config = parseConfig(args);
    const file = args.text('output');
    if (file === undefined && (report === 'proto' || report === 'flame.html'))
      throw new NopsError('usage', `-${report} needs a file to write to`, `nops pprof -${report} -o <file> <source>…`);
    if (file !== undefined) checkWritable(file);
    const profile = await loadAll(context, args);
    const [{ makeReport }, { sourcesOf }] = await Promise.all([
      import('@nops/core/profile/report/report'),
      import('../pprof/source-files.js'),
    ]);
    const { read, originalOf } = sourcesOf(config);
    const { result, prepared } = makeReport(profile, report, symbol, config, read, originalOf);
    if (file === undefined) return result;
    const { reportContent } = await import('../pprof/write-report.js');
    const content = reportContent(result, prepared);
    uninterrupted(context, () => writeWhole(file, content));
    return { ...result, file };
  },
  shown: pprofShown,
  print(result, output) {
    const notes = result.notes.map(note => `${output.colors.dim(`note: ${note}`)}\n`).join('');
    if (result.file !== undefined) return `written to ${result.file}\n${notes}`;
    // What other programs read has nothing else in it.
    return formatPprof(result) + (forPeople.includes(result.report) ? notes : '');
  },
};

async function loadAll(context: Context, args: Args) {
  const asked = args.text('seconds') === undefined ? undefined : parseWhole('-seconds', args.text('seconds'), seconds);
  const [base, diffBase] = [args.texts('base'), args.texts('diff_base')];
  if (base.length > 0 && diffBase.length > 0)
    throw new NopsError('usage', '-base and -diff_base cannot both be specified');
  const compared = [...base, ...diffBase];
  if (args.flag('normalize') && compared.length === 0)
    throw new NopsError('usage', 'must have base profile to normalize by', 'Name one with -base or -diff_base.');
  const timeout = args.text('timeout');
  const timeoutSeconds = timeout === undefined ? undefined : parseWhole('-timeout', timeout, timeouts);
  const [{ loadContent, profileOf }, { combine }] = await Promise.all([
    import('../pprof/sources.js'),
    import('../pprof/combine.js'),
  ]);
  const load = (source: string) => loadContent(context, source, { seconds: asked, timeoutSeconds });
  const contents = await Promise.all([...args.positionals, ...compared].map(load));
  const all = await Promise.all(contents.map(profileOf));
  const profiles = all.slice(0, args.positionals.length);
  const bases = all.slice(args.positionals.length);
  const isRemote = contents.some(content => content.isRemote);
  const whole =
    bases.length === 0
      ? combine(profiles, undefined)
      : combine(profiles, { profiles: bases, isDiff: diffBase.length > 0, normalize: args.flag('normalize') });
  const folder = context.environment.savedProfiles;
  if (isRemote && folder !== undefined) {
    const { saveProfile } = await import('../pprof/save-profile.js');
    context.tell(`saved profile in ${saveProfile(whole, folder)}`);
  }
  return whole;
}

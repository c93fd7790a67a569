/** `nops ui`: a flame graph and a table of a profile, or the constructors of a heap snapshot, from a file or recorded now, on a page of this machine's browser. */

import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';
import { attachPatience } from '../command-line/options.js';
import { type Context, uninterrupted } from '../context.js';
import { checkWritable, writeWhole } from '../output/write-file.js';
import type { Served } from '../ui-server/app.js';
import { formatPage, servePage } from '../ui-server/page.js';

export interface UiResult {
  schema: 'nops.ui/1';
  /** Valid while the command runs. Whoever has it can read the profile. Absent when the page was written to a file. */
  url?: string;
  /** The page that was written, as one file. */
  written?: string;
  /** The process that was recorded. */
  pid?: number;
  /** The file that is shown. */
  file?: string;
  notes: string[];
}

const seconds = { min: 1, max: 300, fallback: 5 };
/** More are a folder, not a comparison. */
const maxFiles = 16;
const port = { min: 0, max: 65_535, fallback: 0 };

export const ui: Command<UiResult> = {
  usage: '[<file>… | <target>] [-s <N>] [--heap] [--open | -o <file>]',
  examples: [
    ['nops ui cpu.pb.gz', 'show a profile; Ctrl-C ends it'],
    ['nops ui 4242 -s 10 --open', 'record 10 seconds of CPU and open the browser'],
    ['nops ui 4242 --heap', 'what is alive on the heap'],
    ['nops ui cpu.pb.gz -o cpu.html', 'the page with the profile in it, as one file to pass on'],
    ['nops ui after.pb.gz before.pb.gz', 'the first one, to be compared with the others'],
    ['nops ui after.heapsnapshot before.heapsnapshot', 'what keeps memory, and what is new since the second'],
    ['nops ui', 'what was recorded before, and a page to drop a file on'],
  ],
  options: {
    seconds: {
      type: 'string',
      short: 's',
      value: '<N>',
      description: `seconds to record, ${seconds.min} to ${seconds.max}, default ${seconds.fallback}`,
    },
    heap: { type: 'boolean', description: 'record the heap instead of the CPU' },
    port: { type: 'string', value: '<N>', description: 'port on 127.0.0.1, default any free one' },
    open: { type: 'boolean', description: 'open the address in the browser' },
    output: {
      type: 'string',
      short: 'o',
      value: '<file>',
      description: 'write the page with the profile in it to a file, instead of serving it',
    },
  },
  patience: `An agent has 30 s beyond -s to end a profile. ${attachPatience}`,
  takes: { min: 0, max: maxFiles },
  async run(context, args) {
    const wantedPort = parseWhole('--port', args.text('port'), port);
    const output = args.text('output');
    if (output !== undefined) checkWritable(output);
    const { served, about } = await prepare(context, args);
    if (output !== undefined) {
      const { servedOffline } = await import('../ui-server/offline.js');
      const content = servedOffline(served);
      uninterrupted(context, () => writeWhole(output, content));
      return { schema: 'nops.ui/1', written: output, ...about, notes: [] };
    }
    const page = await servePage(context, served, { port: wantedPort, open: args.flag('open') });
    return { schema: 'nops.ui/1', url: page.url, ...about, notes: page.notes };
  },
  stays: args => args.text('output') === undefined,
  print: ({ url, written, notes }, output) =>
    [
      ...notes.map(note => `${output.colors.dim(`note: ${note}`)}\n`),
      written === undefined ? formatPage(url, output) : `written to ${written}\n`,
    ].join(''),
};

async function prepare(
  context: Context,
  args: Args,
): Promise<{ served: Served; about: Pick<UiResult, 'pid' | 'file'> }> {
  const [text] = args.positionals;
  const asked = args.text('seconds');
  const isRecorded = text !== undefined && !isFile(text);
  if (!isRecorded && (asked !== undefined || args.flag('heap'))) {
    throw new NopsError('usage', '-s and --heap are for recording a process', 'nops ui <pid> -s 5');
  }
  const { keepProfile, libraryFolder, listLibrary } = await import('../ui-server/library.js');
  const folder = libraryFolder(context.environment.stateHome);
  const others = listLibrary(folder);
  if (text === undefined)
    return { served: { origin: { schema: 'nops.ui-info/1' }, profile: undefined, others }, about: {} };
  if (isRecorded) {
    if (args.positionals.length > 1)
      throw new NopsError('usage', `${text} is no file, and only one process is recorded`, 'nops ui <pid> -s 5');
    const { record } = await import('../ui-server/record.js');
    const { pid, served } = await record(context, text, {
      kind: args.flag('heap') ? 'heap' : 'cpu',
      seconds: asked === undefined ? undefined : parseWhole('--seconds', asked, seconds),
    });
    if (served.origin.profile !== undefined && served.profile !== undefined)
      keepProfile(folder, served.origin.profile, served.profile, new Date());
    return { served: { ...served, others }, about: { pid } };
  }
  const [first, ...more] = await readFiles(args.positionals, context.signal);
  if (first === undefined) throw new Error('a file was named');
  const files = more.map(({ described, profile }, i) => ({ id: idOf(i + 2), described, read: () => profile }));
  // Who names two snapshots wants to know what is new in the first; a profile says much by itself.
  const isComparedAtOnce = first.kind === 'heapsnapshot' && more[0]?.kind === 'heapsnapshot';
  return {
    served: {
      origin: {
        schema: 'nops.ui-info/1',
        profile: first.described,
        ...(isComparedAtOnce ? { base: idOf(2) } : {}),
      },
      profile: first.profile,
      others: [...files, ...others],
    },
    about: { file: text },
  };
}

async function readFiles(paths: readonly string[], signal: AbortSignal) {
  const { readProfileFile } = await import('../ui-server/read-file.js');
  return Promise.all(
    paths.map(async path => {
      const { bytes: profile, kind } = await readProfileFile(path, signal);
      const name = path === '-' ? 'standard input' : basename(path);
      return { profile, kind, described: { kind: 'file' as const, name, bytes: profile.length } };
    }),
  );
}

/** Of a file that was named: they count from 1, and the first has its own. */
function idOf(place: number): string {
  return `file-${place}`;
}

/** Addresses and pids are targets, also where a file is called like that: write ./4242. Names are, unless there is such a file. */
function isFile(text: string): boolean {
  if (/^\d+$|^unix:|^https?:\/\/|:\d+$/i.test(text)) return false;
  return (
    text === '-' || /[/\\]|\.(?:gz|pb|pprof|prof|cpuprofile|heapprofile|heapsnapshot)$/i.test(text) || existsSync(text)
  );
}

/**
 * The shell of `nops pprof`: reports, settings and help, line by line, from a terminal or a script. What is asked for goes to standard output,
 * everything else to standard error, so that a script's output is its reports.
 */

import { createInterface, type Interface } from 'node:readline';
import { defaultTypeIndex, type Profile } from '@nops/core/profile/model';
import type { ReportConfig } from '@nops/core/profile/report/config';
import { prepareReport } from '@nops/core/profile/report/prepare';
import { makeReport } from '@nops/core/profile/report/report';
import { profileLabels, valueFormat } from '@nops/core/profile/report/scale-values';
import { formatPprof } from '@nops/core/profile/report/text';
import { sampleIndexByName } from '@nops/core/profile/sample-index';
import { NopsError } from '@nops/core/protocol/errors';
import { printable } from '@nops/core/units/printable';
import { safe } from '@nops/core/units/safe';
import type { Terminal } from '../../command-line/command.js';
import { type Context, uninterrupted } from '../../context.js';
import { writeWhole } from '../../output/write-file.js';
import type { Writer } from '../../output/writer.js';
import { sourcesOf } from '../source-files.js';
import { reportContent } from '../write-report.js';
import { complete } from './complete.js';
import { shellHelp } from './help.js';
import { expand, parseReportLine } from './parse.js';
import { changed, describeSettings } from './settings.js';

const prompt = '(pprof) ';
/** What is no text goes to a file of its own, named like this. */
const extensions: Record<string, string> = { proto: 'pb.gz', svg: 'svg', 'flame.html': 'html' };

export async function runShell(
  context: Context,
  profile: Profile,
  given: ReportConfig,
  { stdin, stdout, stderr }: Terminal,
): Promise<void> {
  const session = new ShellSession(profile, { ...given, compact_labels: true }, { stdout, stderr }, (path, content) =>
    uninterrupted(context, () => writeWhole(path, content)),
  );
  const input = stdin();
  const isTerminal = input.isTTY === true && stdout.isTTY;
  const reader: Interface = createInterface({
    input,
    terminal: isTerminal,
    ...(isTerminal ? { output: stdout.stream, prompt, completer: (line: string) => completions(line) } : {}),
  });
  const stop = () => reader.close();
  context.signal.addEventListener('abort', stop, { once: true });
  // Ctrl-C gives up a line, and an empty one the shell.
  reader.on('SIGINT', () => {
    if (reader.line === '') return reader.close();
    stdout.write('^C\n');
    reader.write(null, { ctrl: true, name: 'e' });
    reader.write(null, { ctrl: true, name: 'u' });
    reader.prompt();
  });
  stderr.write(session.greeting());
  try {
    if (isTerminal) reader.prompt();
    for await (const line of reader) {
      // What takes long is ended by Ctrl-C, which a terminal in raw mode makes no signal of.
      if (isTerminal) input.setRawMode(false);
      const next = session.execute(line);
      if (isTerminal) input.setRawMode(true);
      if (next === 'quit') break;
      if (isTerminal) reader.prompt();
    }
  } finally {
    context.signal.removeEventListener('abort', stop);
    reader.close();
    input.pause();
  }

  function completions(line: string): [string[], string] {
    const { words, last } = complete(line, session.functions, session.sampleTypes.map(printable));
    const [only] = words;
    // Readline adds what is missing at the end; where the word is not the beginning, it is written anew.
    if (words.length !== 1 || only === undefined || only.startsWith(last)) return [words, last];
    setImmediate(() => {
      for (const _ of last) reader.write(null, { name: 'backspace' });
      reader.write(only);
    });
    return [[], last];
  }
}

class ShellSession {
  readonly functions: string[];
  readonly sampleTypes: string[];
  readonly #profile: Profile;
  readonly #stdout: Writer;
  readonly #stderr: Writer;
  readonly #keep: (path: string, content: string | Uint8Array) => void;
  #settings: ReportConfig;
  #files = 0;

  constructor(
    profile: Profile,
    settings: ReportConfig,
    { stdout, stderr }: Pick<Terminal, 'stdout' | 'stderr'>,
    keep: (path: string, content: string | Uint8Array) => void,
  ) {
    this.#profile = profile;
    this.#settings = settings;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#keep = keep;
    // The line editor draws them as they are.
    this.functions = [...new Set(profile.functionNames.map(printable))];
    this.sampleTypes = profile.sampleTypes.map(({ type }) => type);
  }

  greeting(): string {
    const prepared = prepareReport(this.#profile, 'top', this.#settings);
    const labels = profileLabels(prepared, valueFormat(prepared, prepared.config.unit));
    return [
      ...labels,
      ...(prepared.total === 0 && this.sampleTypes.length > 1
        ? [`No samples with this type; there are ${this.sampleTypes.join(', ')}.`]
        : []),
      'Entering interactive mode (type "help" for commands, "o" for options)',
    ]
      .map(line => `${printable(line)}\n`)
      .join('');
  }

  /** Tells on standard error what can't be done. */
  execute(line: string): 'quit' | undefined {
    for (const each of expand(line.trim(), this.sampleTypes)) {
      try {
        if (this.#one(each) === 'quit') return 'quit';
      } catch (error) {
        if (!(error instanceof NopsError)) throw error;
        this.#stderr.write(`${printable(error.message)}\n`);
      }
    }
    return undefined;
  }

  #one(line: string): 'quit' | undefined {
    if (line === '') return undefined;
    if (this.#set(line)) return undefined;
    const [word, ...rest] = line.split(/\s+/);
    if (word === 'q' || word === 'quit' || word === 'exit') return 'quit';
    if (word === 'o' || word === 'options') {
      const type = this.sampleTypes[defaultTypeIndex(this.#profile)] ?? '';
      this.#stderr.write(describeSettings(safe(this.#settings), this.sampleTypes.map(printable), printable(type)));
    } else if (word === 'help') this.#stderr.write(shellHelp(rest.join(' ')));
    else this.#report(line);
    return undefined;
  }

  /** Whether it was a setting: `name=value`, with a comment behind `//:`, or the name of a flag. */
  #set(line: string): boolean {
    const at = line.indexOf('=');
    const name = (at < 0 ? line : line.slice(0, at)).trim();
    const value = at < 0 ? undefined : beforeLast(line.slice(at + 1), '//:').trim();
    const settings = changed(this.#settings, name, value);
    if (settings === undefined) return false;
    if (name === 'sample_index')
      settings.sample_index = this.sampleTypes[sampleIndexByName(this.#profile, settings.sample_index)] ?? '';
    this.#settings = settings;
    return true;
  }

  #report(line: string): void {
    const { report, symbol, config, file } = parseReportLine(line, this.#settings);
    const { read, originalOf } = sourcesOf(config);
    const { result, prepared } = makeReport(this.#profile, report, symbol, config, read, originalOf);
    for (const note of result.notes) this.#stderr.write(`${printable(note)}\n`);
    const extension = extensions[report];
    const path =
      file ?? (extension === undefined ? undefined : `profile${String(++this.#files).padStart(3, '0')}.${extension}`);
    if (path === undefined) {
      this.#stdout.write(formatPprof(result));
      return;
    }
    this.#stderr.write(`Generating report in ${printable(path)}\n`);
    this.#keep(path, reportContent(result, prepared));
  }
}

function beforeLast(text: string, mark: string): string {
  const at = text.lastIndexOf(mark);
  return at < 0 ? text : text.slice(0, at);
}

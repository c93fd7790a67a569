/** The commands with their options, as completion scripts need them. */

import type { Options } from '../command-line/option.js';
import { globalOptions } from '../command-line/options.js';
import type { KnownCommand } from '../context.js';

export interface DescribedCommand {
  name: string;
  summary: string;
  options: DescribedOption[];
  /** Words that it takes, or targets; neither when it takes no argument. */
  takes: 'targets' | string[] | undefined;
}

interface DescribedOption {
  long: string;
  short: string | undefined;
  description: string;
  value: boolean;
  /** Its value is the path of a file. */
  file: boolean;
}

export function describeCommands(commands: Readonly<Record<string, KnownCommand>>): Promise<DescribedCommand[]> {
  return Promise.all(Object.entries(commands).map(([name, known]) => describe(name, known)));
}

async function describe(name: string, known: KnownCommand): Promise<DescribedCommand> {
  const command = await known.load();
  const takes = name === 'completion' ? ['bash', 'zsh', 'fish'] : command.takes.max > 0 ? 'targets' : undefined;
  return { name, summary: known.summary, options: optionsOf({ ...command.options, ...globalOptions }), takes };
}

function optionsOf(options: Options): DescribedOption[] {
  return Object.entries(options).map(([long, { short, description, type, value }]) => ({
    long,
    short,
    description,
    value: type === 'string',
    file: value === '<file>',
  }));
}

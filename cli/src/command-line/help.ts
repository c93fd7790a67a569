/** Help texts, drawn from the tables of commands and options. */

import { commands } from '../commands/index.js';
import type { Command } from './command.js';
import type { Options } from './option.js';
import { globalOptions } from './options.js';

export function globalHelp(version: string): string {
  const names = Object.entries(commands).map(([name, entry]): [string, string] => [name, entry.summary]);
  return [
    `nops ${version} looks inside running Node.js processes: what they do, what they wait for, what to change.\n`,
    section('Usage', [
      ['nops', 'list the Node.js processes; -w: again each second'],
      ['nops <pid> [<duration>]', 'who a process is, what it uses, how to reach it'],
      ['nops <command> [<target>] [options]', ''],
    ]),
    section('Commands', names),
    section('Options', describeOptions(globalOptions)),
    section('Targets', [
      ['<pid>', 'a process of this machine'],
      ['<name>', 'its script, package or service name, when exactly one process has it'],
      ['<host>:<port>, http://…', 'an agent that listens on TCP, with --token'],
      ['unix:<path>', "an agent's socket"],
    ]),
    section('Example', [
      ['nops stats 4242 -s 5', 'requests, event loop, GC and heap of process 4242 over 5 seconds'],
      ['nops <command> --help', 'more about a command'],
    ]),
  ].join('');
}

export function commandHelp(name: string, summary: string, command: Command): string {
  return [
    `${summary}\n`,
    section('Usage', [[`nops ${name} ${command.usage}`.trimEnd(), '']]),
    section(command.examples.length === 1 ? 'Example' : 'Examples', command.examples),
    section('Options', describeOptions({ ...command.options, ...globalOptions })),
    command.patience === undefined ? '' : section('Limits', [[command.patience, '']]),
  ].join('');
}

function describeOptions(options: Options): [string, string][] {
  return Object.entries(options).map(([name, { short, value, description }]) => [
    `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
    description,
  ]);
}

/** A heading and its lines in two columns, with an empty line before it. */
function section(heading: string, lines: [string, string][]): string {
  const width = Math.max(...lines.map(([left]) => left.length)) + 2;
  const body = lines.map(([left, right]) => `  ${left.padEnd(width)}${right}`.trimEnd());
  return `\n${heading}:\n${body.join('\n')}\n`;
}

/** From the arguments to the exit code: finds the command, runs it, prints its result. Throws what went wrong. */

import type { ReadStream } from 'node:tty';
import { NopsError } from '@nops/core/protocol/errors';
import { printable } from '@nops/core/units/printable';
import { byEveryName, commandName, commands } from '../commands/index.js';
import { type CommandContext, uninterrupted } from '../context.js';
import { type Environment, readEnvironment } from '../env.js';
import type { Interruption } from '../interruption.js';
import { formatJson, formatJsonLine } from '../output/json.js';
import type { Output } from '../output/output.js';
import { startProgress } from '../output/progress.js';
import type { Writer } from '../output/writer.js';
import { type Args, firstPositional, hasOption, parseCommandLine } from './args.js';
import type { Command } from './command.js';
import { nearest } from './nearest.js';
import { globalOptions } from './options.js';
import { printSafely } from './print.js';

export interface World {
  variables: NodeJS.ProcessEnv;
  /** Opened when it is first asked for: few commands read keys. */
  stdin(): ReadStream;
  stdout: Writer;
  stderr: Writer;
  interruption: Interruption;
}

/** The exit code of an answer that could be given. */
export async function run(argv: string[], world: World): Promise<number> {
  const { name, rest } = chooseCommand(argv);
  const entry = name === undefined ? undefined : commands[name];
  if (name === undefined || entry === undefined) return about(rest, world);
  const command = await entry.load();
  const help = `nops ${name} --help   shows what it takes`;
  const args = parseCommandLine(rest, { ...globalOptions, ...command.options }, help);
  if (args.flag('version')) return about(['--version'], world);
  if (args.flag('help')) {
    const { commandHelp } = await import('./help.js');
    world.stdout.write(commandHelp(name, entry.summary, command));
    return 0;
  }
  checkCount(name, command, args.positionals, help);
  return execute(command, args, world);
}

/** No command: help or the version, asked for without one. */
async function about(argv: string[], world: World): Promise<number> {
  const args = parseCommandLine(argv, globalOptions, seeHelp);
  const version = (await import('../version.js')).readVersion();
  if (args.flag('version')) world.stdout.write(`${version}\n`);
  else world.stdout.write((await import('./help.js')).globalHelp(version));
  return 0;
}

async function execute(command: Command, args: Args, world: World): Promise<number> {
  const given = readEnvironment(world.variables);
  const environment = { ...given, sharedHost: given.sharedHost || args.flag('shared-host') };
  const jsonFile = args.text('json-file');
  const files = jsonFile === undefined ? undefined : await import('../output/write-file.js');
  if (jsonFile !== undefined) files?.checkWritable(jsonFile);
  const output = args.flag('json') ? undefined : openOutput(args, environment, world); // loads meanwhile
  const { interruption } = world;
  const { signal } = interruption;
  const endings: (() => Promise<void>)[] = [];
  const context: CommandContext = {
    commands: byEveryName,
    environment,
    token: args.text('token') ?? environment.token,
    signal,
    hold: firmness => interruption.hold(firmness),
    progress(label, totalMs) {
      const release = interruption.hold();
      const progress = startProgress(label, totalMs, world.stderr);
      const stop = () => {
        progress.stop();
        release();
      };
      return { at: share => progress.at(share), stop };
    },
    tell: line => world.stderr.write(`nops: ${printable(line)}\n`),
    atEnd(action) {
      const release = interruption.hold();
      endings.push(() => action().finally(release));
    },
    onInterrupt: (action, firmness) => interruption.onInterrupt(action, firmness),
  };
  const write = (json: string): void => {
    if (jsonFile !== undefined) uninterrupted(context, () => files?.writeWhole(jsonFile, json));
  };
  const { watch } = command;
  if (watch !== undefined && args.flag('watch')) {
    return (await import('./watch.js')).watch({ ...command, watch }, args, context, world.stdout, await output);
  }
  if (command.live?.wanted(args)) {
    await command.live.run(context, args, world, await output);
    return 0;
  }
  if (args.flag('tree') && command.tree !== undefined) {
    const { answerTree, formatTree } = await import('../tree/answer.js');
    const family = await answerTree({ ...command, tree: command.tree }, args, context).finally(() => endAll(endings));
    signal.throwIfAborted();
    write(formatJson(family));
    world.stdout.write(output === undefined ? formatJson(family) : formatTree(command, family, await output, args));
    return 0;
  }
  const each = command.each?.(args) ?? [args];
  if (each.length > 1) {
    const { answerSeveral } = await import('./several.js');
    const answers = await answerSeveral(command, each, context, await output).finally(() => endAll(endings));
    signal.throwIfAborted();
    write(answers.json);
    world.stderr.write(answers.refusals);
    world.stdout.write(answers.text);
    return answers.exitCode;
  }
  const one = each[0] ?? args;
  const result = await command.run(context, one).finally(() => endAll(endings));
  if (command.ownsSignals !== true) signal.throwIfAborted();
  write(formatJson(result));
  const asJson = command.stays?.(one) === true ? formatJsonLine : formatJson;
  world.stdout.write(output === undefined ? asJson(result) : printSafely(command, result, await output, one));
  return command.exit?.(result) ?? 0;
}

/** All are tried; what one can't do is no reason to leave the others. */
async function endAll(endings: (() => Promise<void>)[]): Promise<void> {
  await Promise.allSettled(endings.splice(0).map(end => end()));
}

async function openOutput(args: Args, environment: Environment, { stdout }: World): Promise<Output> {
  const { createColors } = await import('../output/color.js');
  const colored = !args.flag('no-color') && (environment.color ?? stdout.isTTY);
  return { colors: createColors(colored), width: stdout.isTTY ? stdout.columns : undefined };
}

/** `nops` is `nops list`, and `nops <target>` is `nops info <target>` for what can only be a target. */
function chooseCommand(argv: string[]): { name: string | undefined; rest: string[] } {
  const index = firstPositional(argv, globalOptions);
  const word = argv[index];
  if (word === undefined) {
    return { name: hasOption(argv, globalOptions, ['help', 'version']) ? undefined : 'list', rest: argv };
  }
  const name = commandName(word);
  if (name !== undefined) return { name, rest: argv.toSpliced(index, 1) };
  if (/^\d+$|[:/]/.test(word)) return { name: 'info', rest: argv };
  if (word === 'help') return helpFor(argv.slice(index + 1));
  const meant = nearest(word, Object.keys(byEveryName));
  throw new NopsError(
    'usage',
    `unknown command ${word}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    `${seeHelp}; a process by its name: nops info ${word}`,
  );
}

/** `nops help <command>` is `nops <command> --help`. */
function helpFor([word]: string[]): { name: string | undefined; rest: string[] } {
  return { name: word === undefined ? undefined : commandName(word), rest: ['--help'] };
}

function checkCount(name: string, command: Command, positionals: string[], help: string): void {
  const { min, max, what } = command.takes;
  if (positionals.length < min) {
    const next = what === undefined ? 'nops   lists the processes that can be one' : help;
    throw new NopsError('usage', `${name} needs ${what ?? 'a target'}: nops ${name} ${command.usage}`, next);
  }
  const extra = positionals[max];
  if (extra !== undefined) throw new NopsError('usage', `one argument too many for ${name}: ${extra}`, help);
}

const seeHelp = 'nops --help   lists the commands and options';

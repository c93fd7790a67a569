/** What a command is: data from which its help is drawn, a part that computes a typed result, and a pure part that prints it. */

import type { ReadStream } from 'node:tty';
import type { Safe, ShownFields } from '@nops/core/units/safe';
import type { CommandContext } from '../context.js';
import type { Output } from '../output/output.js';
import type { Writer } from '../output/writer.js';
import type { Args } from './args.js';
import type { Options } from './option.js';

/**
 * One file in `commands/` exports one of these; its name and summary stand in `commands/index.ts`. `print` and `exit` are methods,
 * not properties, so that a command of any result fits `Command<object>`: only `run`'s own result is ever given to them.
 */
export interface Command<Result extends object = object> {
  /** What follows the command's name: `<target> [-s <N>]`. */
  usage: string;
  /** Whole command lines, each with what it is for. */
  examples: [line: string, why: string][];
  options: Options;
  /** How long an agent may take to answer, and what nops may need for that, where it is more than 10 s and 300 MB; a sentence of its help. */
  patience?: string;
  /** How many arguments that are no options it takes; `what` one that is missing would be, where it is not a target. */
  takes: { min: number; max: number; what?: string };
  run(context: CommandContext, args: Args): Promise<Result>;
  /** For commands that answer for several targets at once: the arguments of each. Absent: one answer. */
  each?(args: Args): Args[];
  /** For commands with `--tree`: which also answer for a process and all that it started. */
  tree?: {
    /** Sums over all answers, in their units. */
    totals?(results: Result[]): Record<string, number | null>;
    /** Begins the sentence that says what needs an agent: all get theirs before the first is asked. */
    needsAgent?: string;
  };
  /** Whether Ctrl-C is passed on to what it runs, whose end is its result. */
  ownsSignals?: boolean;
  /** For commands with `-w`: results without end, each taken when it is asked for. */
  watch?(context: CommandContext, args: Args): AsyncGenerator<Result, never>;
  /** Whether it goes on after its result until Ctrl-C, serving a page: its JSON is one line then, which tells a reader where it ends. */
  stays?(args: Args): boolean;
  /** For commands that show something for as long as one looks: taken instead of `run` when `args` want it so. */
  live?: {
    wanted(args: Args): boolean;
    /** `output` is undefined for JSON. */
    run(context: CommandContext, args: Args, terminal: Terminal, output: Output | undefined): Promise<void>;
  };
  /** Fields that `print` gets as something else than one printable line each. */
  shown?: ShownFields;
  /** The text of a result, with a newline at its end; `args` for options that say how much to show. Pure. Called by `printSafely` alone. */
  print(result: Safe<Result>, output: Output, args: Args): string;
  /** Exit code of a result; 0 when absent. */
  exit?(result: Result): number;
}

/** What a live command reads keys from and draws on; standard input is opened only when it is asked for. */
export interface Terminal {
  stdin(): ReadStream;
  stdout: Writer;
  stderr: Writer;
}

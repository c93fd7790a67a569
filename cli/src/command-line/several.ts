/** One command for several targets at once: the answers in the order asked, each refusal by itself. */

import { exitCodes, NopsError } from '@nops/core/protocol/errors';
import { printable } from '@nops/core/units/printable';
import { askAll } from '../ask-all.js';
import type { CommandContext } from '../context.js';
import { formatJsonLine } from '../output/json.js';
import type { Output } from '../output/output.js';
import { formatRefusal } from '../output/refusal.js';
import type { Args } from './args.js';
import type { Command } from './command.js';
import { printSafely } from './print.js';

interface Answers {
  /** Text with a heading for each, or a JSON document on each line. */
  text: string;
  /** JSON documents, one a line. */
  json: string;
  /** What could not be answered. */
  refusals: string;
  /** Of the first that is not 0. */
  exitCode: number;
}

/** Asks all at once. Throws what is no refusal. `output` is undefined for JSON. */
export async function answerSeveral(
  command: Command,
  each: Args[],
  context: CommandContext,
  output: Output | undefined,
): Promise<Answers> {
  const answers: Answers = { text: '', json: '', refusals: '', exitCode: 0 };
  const outcomes = await askAll(each, context, (args, given) => command.run(given, args));
  outcomes.forEach((outcome, index) => {
    const args = each[index];
    if (args === undefined) return;
    const code = add(answers, command, args, outcome, output);
    if (answers.exitCode === 0) answers.exitCode = code;
  });
  return answers;
}

function add(answers: Answers, command: Command, args: Args, outcome: object, output: Output | undefined): number {
  const [target = ''] = args.positionals;
  if (outcome instanceof NopsError) {
    answers.refusals += formatRefusal(outcome, target);
    return exitCodes[outcome.code];
  }
  const line = formatJsonLine(outcome);
  answers.json += line;
  if (output === undefined) answers.text += line;
  else
    answers.text += `${answers.text === '' ? '' : '\n'}${heading(target, output)}${printSafely(command, outcome, output, args)}`;
  return command.exit?.(outcome) ?? 0;
}

function heading(target: string, { colors }: Output): string {
  return `${colors.head(`== ${printable(target)} ==`)}\n`;
}

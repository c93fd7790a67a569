/** `--tree`: a command asks a process and all that it started, at the same time; one that can't answer does not spoil the rest. */

import { NopsError } from '@nops/core/protocol/errors';
import type { FamilyMember, FamilyResult } from '@nops/core/protocol/family-results';
import { safe } from '@nops/core/units/safe';
import { askAll } from '../ask-all.js';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';
import { printSafely } from '../command-line/print.js';
import type { CommandContext } from '../context.js';
import { type Field, formatFields } from '../output/fields.js';
import type { Output } from '../output/output.js';
import { findByPid } from '../target/by-pid.js';
import { resolveTarget } from '../target/resolve.js';
import { familyOf, refusalNotes } from './family.js';
import { formatTotal } from './totals.js';

/** Throws the root's refusal when none answers. */
export async function answerTree(
  command: Command & Required<Pick<Command, 'tree'>>,
  args: Args,
  context: CommandContext,
): Promise<FamilyResult> {
  const [text = '', ...others] = args.positionals;
  if (others.length > 0) {
    throw new NopsError(
      'usage',
      '--tree takes one target: what that started is asked as well',
      'Ask one after the other.',
    );
  }
  const root = await resolveTarget(context, text);
  const members = familyOf(context, root);
  const { needsAgent, totals } = command.tree;
  // Before anybody measures, so that all measure the same time.
  if (needsAgent !== undefined) await attachAll(context, members, needsAgent);
  const outcomes = await askAll(members, context, ({ pid }, given) => command.run(given, args.with([String(pid)])));
  const results = outcomes.filter(outcome => !(outcome instanceof NopsError));
  const [first] = outcomes;
  if (results.length === 0 && first instanceof NopsError) throw first;
  return {
    schema: schemaOf(results[0]),
    pid: members[0]?.pid ?? 0,
    processes: members.map((member, index) => ({ ...member, result: resultIn(outcomes[index]) })),
    ...(totals === undefined ? {} : { totals: totals(results) }),
    notes: refusalNotes(members, outcomes),
  };
}

/** Each command finds them again, and then there is an agent; what refuses is told when it is asked. */
async function attachAll(context: CommandContext, members: FamilyMember[], what: string): Promise<void> {
  await askAll(members, context, async ({ pid }) => (await findByPid(context, pid)).requireAgent(what));
}

function resultIn(outcome: object | undefined): object | null {
  return outcome === undefined || outcome instanceof NopsError ? null : outcome;
}

/** `nops.stats-tree/1` for `nops.stats/1`. */
function schemaOf(result: object | undefined): string {
  const schema = result !== undefined && 'schema' in result ? String(result.schema) : 'nops.unknown/1';
  return schema.replace('/', '-tree/');
}

/** Each with a heading, then the totals. */
export function formatTree(command: Command, answer: FamilyResult, output: Output, args: Args): string {
  const { colors } = output;
  const family = safe({ ...answer, processes: answer.processes.map(({ result: _, ...member }) => member) });
  const parts = family.processes.map((member, index) => {
    const result = answer.processes[index]?.result ?? null;
    const body =
      result === null ? `${colors.dim('no answer, see below')}\n` : printSafely(command, result, output, args);
    return `${heading(member, output)}${body}`;
  });
  const totals = Object.entries(family.totals ?? {}).map(([name, value]): Field => [name, formatTotal(name, value)]);
  if (totals.length > 0) {
    parts.push(`${colors.head(`== all ${family.processes.length} ==`)}\n${formatFields(totals, output)}`);
  }
  const notes = family.notes.map(note => colors.dim(`note: ${note}\n`)).join('');
  return `${parts.join('\n')}${notes === '' ? '' : `\n${notes}`}`;
}

const kinds = { root: '', cluster: 'cluster worker', fork: 'fork', child: 'child' };

function heading({ pid, name, kind, worker }: FamilyMember, { colors }: Output): string {
  const what = worker ?? kinds[kind];
  return `${colors.head(`== ${pid} ${name}${what === '' ? '' : `, ${what}`} ==`)}\n`;
}

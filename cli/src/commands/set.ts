/** `nops set`: changes settings of a running process, or lists those that can be changed. */

import { NopsError } from '@nops/core/protocol/errors';
import type { Change, SetResult, SettingValue, TunablesResult } from '@nops/core/protocol/results';
import type { Command } from '../command-line/command.js';
import { attachPatience } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import type { Output } from '../output/output.js';
import { formatTable } from '../output/table.js';
import { resolveTarget } from '../target/resolve.js';

const maxChanges = 100;

export const set: Command<SetResult | TunablesResult> = {
  usage: '<target> [<name>.<setting>=<value> ...]',
  examples: [
    ['nops set 4242', 'what can be changed, and what was'],
    ['nops set 4242 https-1.maxFreeSockets=256', 'keep up to 256 idle connections from now on'],
    ['nops set 4242 https-1.maxSockets=unlimited', 'no limit (also: null, Infinity)'],
  ],
  patience: attachPatience,
  options: {},
  takes: { min: 1, max: 1 + maxChanges },
  async run(context, args) {
    const [text, ...assignments] = args.positionals;
    const changes = assignments.map(parseAssignment);
    const target = await resolveTarget(context, text);
    if (changes.length === 0) return target.tunables();
    return target.set(Object.fromEntries(changes.map(({ name, value }) => [name, value])));
  },
  print(result, output) {
    const body = 'changes' in result ? result.changes.map(formatChange).join('') : `${formatTunables(result, output)}`;
    return `${body}${formatFooter(result, output)}`;
  },
};

/** `<name>=<value>` at the first `=`. Throws a `usage` error. */
export function parseAssignment(text: string): { name: string; value: SettingValue } {
  const at = text.indexOf('=');
  if (at <= 0) {
    throw new NopsError(
      'usage',
      `${JSON.stringify(text)} is no change: it must be <name>.<setting>=<value>`,
      'nops set <target>   lists what can be changed',
    );
  }
  return { name: text.slice(0, at), value: parseValue(text.slice(at + 1)) };
}

const words = new Map<string, SettingValue>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['unlimited', null],
  ['Infinity', null],
]);

function parseValue(text: string): SettingValue {
  const word = words.get(text);
  if (word !== undefined) return word;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function formatTunables({ tunables, log }: TunablesResult, output: Output): string {
  const table =
    tunables.length === 0
      ? 'Nothing can be changed: no pool or server has been seen yet, and the app registered no tunable.\n'
      : formatTable(
          [{ head: 'NAME' }, { head: 'VALUE', align: 'right' }, { head: 'DESCRIPTION', cut: 'end' }],
          tunables.map(({ name, value, description }) => [name, show(value), description]),
          output,
        );
  const changes = log.map(change => `${change.at}  ${formatChange(change)}`).join('');
  return changes === '' ? table : `${table}\n${output.colors.head('Changed so far')}\n${changes}`;
}

function formatChange(change: Change): string {
  return `${change.name}: ${show(change.old)} → ${show(change.new)}\n`;
}

function show(value: SettingValue): string {
  return String(value);
}

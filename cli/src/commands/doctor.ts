/** `nops doctor`: what works on this machine, what does not, and how to get it. */

import type { DoctorCheck, DoctorResult } from '@nops/core/protocol/machine-results';
import type { Command } from '../command-line/command.js';
import type { Output } from '../output/output.js';

export const doctor: Command<DoctorResult> = {
  usage: '',
  examples: [['nops doctor', 'ends with 1 when something essential is broken']],
  options: {},
  takes: { min: 0, max: 0 },
  async run(context) {
    const { checkMachine } = await import('../doctor/checks.js');
    return { schema: 'nops.doctor/1', checks: await checkMachine(context.environment) };
  },
  print: ({ checks }, output) => {
    const width = Math.max(...checks.map(({ name }) => name.length)) + 2;
    const lines = checks.map(check => formatCheck(check, width, output)).join('');
    const broken = checks.filter(({ status }) => status === 'broken').length;
    const limited = checks.filter(({ status }) => status === 'limited').length;
    const verdict =
      broken > 0
        ? output.colors.bad(`${broken} broken: nops can’t do its work here`)
        : limited > 0
          ? `nops works here; ${limited} ${limited === 1 ? 'thing is' : 'things are'} missing or limited`
          : 'everything works here';
    return `${lines}\n${verdict}\n`;
  },
  exit: ({ checks }) => (checks.some(({ status }) => status === 'broken') ? 1 : 0),
};

const statusWidth = 9;

function formatCheck({ name, status, seen, means, fix }: DoctorCheck, width: number, { colors }: Output): string {
  const paint = { ok: colors.good, limited: colors.warn, broken: colors.bad }[status];
  const head = `${paint(status.padEnd(statusWidth))}${colors.head(name.padEnd(width))}${seen}\n`;
  const indent = ' '.repeat(statusWidth + width);
  const more = status === 'ok' ? [] : [`${indent}${means}\n`, fix === null ? '' : `${indent}→ ${fix}\n`];
  return head + more.join('');
}

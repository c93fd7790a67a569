/** `nops`: the Node processes of this machine. */

import type { ListedProcess, ListResult } from '@nops/core/protocol/results';
import { formatAge, formatBytes } from '@nops/core/units/format';
import type { Command } from '../command-line/command.js';
import { describeActivity } from '../output/describe.js';
import type { Output } from '../output/output.js';
import { type Column, formatTable } from '../output/table.js';

export const list: Command<ListResult> = {
  usage: '[-w]',
  examples: [
    ['nops', 'every Node.js process that can be seen'],
    ['nops -w', 'the same as a live table, until Ctrl-C'],
    ['nops --json', 'the same for a script'],
  ],
  options: { watch: { type: 'boolean', short: 'w', description: 'show it again each second, until Ctrl-C' } },
  takes: { min: 0, max: 0 },
  async run(context) {
    const { listBeside } = await import('../beside/list.js');
    return listBeside(context.environment.folder);
  },
  async *watch(context) {
    const { listAgain } = await import('../beside/list.js');
    return yield* listAgain(context.environment.folder);
  },
  print,
};

function print(result: ListResult, output: Output): string {
  const table = formatTable(columnsFor(output), result.processes.map(cellsOf), output);
  const skipped = result.skipped.map(({ pids, reason }) => {
    const who = pids.length === 1 ? 'process' : 'processes';
    return output.colors.dim(`skipped ${pids.length} ${who} (${shorten(pids)}): ${reason}`);
  });
  return [table === '' ? nothingFound(result) : table, ...skipped.map(line => `${line}\n`)].join('');
}

function nothingFound({ skipped }: ListResult): string {
  const next =
    skipped.length === 0 ? "Try one: node -e 'setInterval(() => {}, 1000)' &" : 'Some could not be read: try sudo nops';
  return `No Node.js process found. ${next}\n`;
}

function columnsFor({ colors }: Output): Column[] {
  return [
    { head: 'PID', align: 'right' },
    { head: 'PPID', align: 'right' },
    { head: 'NAME', cut: 'end' },
    { head: 'NODE' },
    { head: 'AGENT', paint: text => (text === 'yes' ? colors.good(text) : colors.dim(text)) },
    { head: 'STATE', cut: 'end', paint: text => (text.startsWith('idle') ? colors.dim(text) : colors.warn(text)) },
    { head: 'CPU', align: 'right' },
    { head: 'RSS', align: 'right' },
    { head: 'USER' },
    { head: 'AGE', align: 'right' },
  ];
}

function cellsOf(listed: ListedProcess): string[] {
  return [
    String(listed.pid),
    String(listed.ppid),
    listed.name,
    listed.node ?? '?',
    listed.agent ? 'yes' : '-',
    describeActivity(listed.main),
    listed.cpuPercent === null ? '?' : `${listed.cpuPercent.toFixed(0)} %`,
    listed.rssBytes === null ? '?' : formatBytes(listed.rssBytes),
    listed.user ?? String(listed.uid),
    formatAge(listed.ageSeconds),
  ];
}

const shownPids = 10;

function shorten(pids: number[]): string {
  const shown = pids.slice(0, shownPids).join(' ');
  return pids.length > shownPids ? `${shown} …` : shown;
}

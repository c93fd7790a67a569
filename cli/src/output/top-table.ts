/** The functions that a process spends its time in, by thread: a table for paper, and one that changes under the eyes. */

import type { TopFunction, TopResult, TopStates, TopThread } from '@nops/core/protocol/top-results';
import { formatMillis } from '@nops/core/units/format';
import type { Safe } from '@nops/core/units/safe';
import { around, type Sorting, type View } from '../top/view.js';
import { describeActivity } from './describe.js';
import { formatFooter } from './footer.js';
import type { Output } from './output.js';
import { type Column, formatTable } from './table.js';

const printedFunctions = 20;
const keys = '1 %own  2 %total  3 own  4 total  tab thread  space pause  q quit';

/** All threads, one after the other. */
export function formatTopResult(result: Safe<TopResult>, output: Output): string {
  const threads = result.threads.map(
    thread =>
      `${formatHead(thread, thread.seen, output)}${formatFunctions(thread, 'ownPercent', printedFunctions, output)}`,
  );
  const what = threads.length === 0 ? 'no thread runs JavaScript\n' : threads.join('\n');
  return `${output.colors.dim(describeSampling(result))}\n\n${what}${formatFooter(result, output)}`;
}

/** One thread, in at most `rows` lines. */
export function formatLive(result: Safe<TopResult>, view: View, output: Output, rows: number): string {
  const chosen = around(view.thread, result.threads.length);
  const thread = result.threads[chosen];
  const { colors } = output;
  const head = `${colors.head(`nops top  pid ${result.pid}`)}  ${describeSampling(result)}${view.paused ? colors.warn('  paused') : ''}`;
  const tabs = result.threads.map((each, index) => {
    const label = `${each.role} ${each.tid}`;
    return index === chosen ? colors.head(`[${label}]`) : ` ${label} `;
  });
  const lines = [head, colors.dim(keys), ...(tabs.length > 1 ? [tabs.join(' ')] : [])];
  const above = `${lines.join('\n')}\n`;
  if (thread === undefined) return `${above}no thread runs JavaScript\n`;
  const room = Math.max(1, rows - lines.length - 3);
  return `${above}${formatHead(thread, thread.seen, output)}${formatFunctions(thread, view.sorting, room, output)}`;
}

function describeSampling({ rate, seconds, samples, sampleMicros, pausedMicros }: TopResult): string {
  const cost = sampleMicros === null ? '' : `, ${formatMillis(sampleMicros / 1000)} each`;
  const paused = pausedMicros === 0 ? '' : `; process stopped for ${formatMillis(pausedMicros / 1000)} in all`;
  return `${samples} samples in ${seconds.toFixed(1)} s (${rate} Hz asked)${cost}${paused}`;
}

/** `main thread 4242 node: read fd 17 /fifo` and what it did at its samples. */
function formatHead(thread: TopThread, seen: TopStates, { colors }: Output): string {
  const title = `${thread.role} thread ${thread.tid} ${thread.name}: ${describeActivity(thread)}`;
  const all = seen.running + seen.blocked + seen.idle + seen.unknown;
  const share = (count: number) => `${all === 0 ? 0 : Math.round((100 * count) / all)} %`;
  const parts = [`running ${share(seen.running)}`, `blocked ${share(seen.blocked)}`, `idle ${share(seen.idle)}`];
  if (seen.unknown > 0) parts.push(`unknown ${share(seen.unknown)}`);
  return `${colors.head(title)}\n${colors.dim(parts.join('  '))}\n`;
}

const columns: (Column & { sorting?: Sorting })[] = [
  { head: '%OWN', align: 'right', sorting: 'ownPercent' },
  { head: '%TOTAL', align: 'right', sorting: 'totalPercent' },
  { head: 'OWN', align: 'right', sorting: 'ownSeconds' },
  { head: 'TOTAL', align: 'right', sorting: 'totalSeconds' },
  { head: 'FUNCTION', cut: 'end' },
  { head: 'FILE', cut: 'start' },
];

function formatFunctions({ functions }: TopThread, sorting: Sorting, limit: number, output: Output): string {
  const marked = columns.map(column => (column.sorting === sorting ? { ...column, head: `${column.head}*` } : column));
  const rows = functions
    .toSorted((a, b) => b[sorting] - a[sorting] || b.own - a.own || b.total - a.total)
    .slice(0, limit)
    .map(entry => [
      entry.ownPercent.toFixed(1),
      entry.totalPercent.toFixed(1),
      `${entry.ownSeconds.toFixed(2)} s`,
      `${entry.totalSeconds.toFixed(2)} s`,
      nameOf(entry),
      placeOf(entry),
    ]);
  return rows.length === 0 ? 'no JavaScript seen\n' : formatTable(marked, rows, output);
}

function nameOf({ class: owner, function: name }: TopFunction): string {
  return `${owner === undefined ? '' : `${owner}.`}${name === '' ? '(anonymous)' : name}`;
}

function placeOf({ url, line }: TopFunction): string {
  if (url === '') return '(builtin)';
  const file = url.startsWith('file:///') ? url.slice('file://'.length) : url;
  return line === 0 ? file : `${file}:${line}`;
}

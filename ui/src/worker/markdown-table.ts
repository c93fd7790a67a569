/** The table of functions for an issue or a chat: the costliest, as the page shows them. */

import type { Costs } from '@nops/core/profile/query/engine';
import { formatValue } from '@nops/core/profile/value-text';
import { formatPoints, formatShare } from '@nops/core/units/format';
import type { Groups } from './messages.js';
import { sortGroups } from './sort-groups.js';

/** Longer ones nobody reads there. */
const maxRows = 50;

export function markdownTable(groups: Groups, costs: Costs): string {
  const { before, unit, total } = costs;
  const order = sortGroups(groups, costs, {
    sort: before === undefined ? 'self' : 'change',
    descending: true,
    filter: '',
  });
  const withShare = (value: number) => `${formatValue(value, unit)} (${formatShare(total === 0 ? 0 : value / total)})`;
  const change = (g: number) => ` ${formatPoints(before?.totalPoints[g] ?? 0)} |`;
  const head = before === undefined ? ['', ''] : [' change, points |', ' ---: |'];
  const rows = Array.from(order.subarray(0, maxRows), g => {
    const name = `\`${cell(groups.names[g] ?? '')}\` ${cell(groups.places[g] ?? '')}`;
    return `| ${name} |${before === undefined ? '' : change(g)} ${withShare(costs.selfs[g] ?? 0)} | ${withShare(costs.totals[g] ?? 0)} |`;
  });
  const more = order.length > maxRows ? `\n${order.length - maxRows} more functions\n` : '';
  return `| function |${head[0]} self | total |\n| --- |${head[1]} ---: | ---: |\n${rows.join('\n')}\n${more}`;
}

/** Neither ends its cell nor becomes markup. */
function cell(text: string): string {
  return text.replaceAll('`', "'").replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

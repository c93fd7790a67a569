/** `nops fds`: a process's open file descriptors by kind, against the limit. */

import type { FdsResult } from '@nops/core/protocol/results';
import { formatShare } from '@nops/core/units/format';
import type { Command } from '../command-line/command.js';
import { all, treeOption } from '../command-line/options.js';
import { describeTarget } from '../output/describe.js';
import { formatFooter } from '../output/footer.js';
import type { Output } from '../output/output.js';
import { formatTable } from '../output/table.js';
import { resolveTarget } from '../target/resolve.js';
import { fdsTotals } from '../tree/totals.js';

export const fds: Command<FdsResult> = {
  usage: '<target> [--all] [--tree]',
  examples: [
    ['nops fds 4242', 'how many of each kind, and how far from the limit'],
    ['nops fds 4242 --all', 'each descriptor and what it stands for'],
  ],
  options: { all, tree: treeOption },
  takes: { min: 1, max: 1 },
  async run(context, args) {
    return (await resolveTarget(context, args.positionals[0])).fds();
  },
  tree: { totals: fdsTotals },
  print(result, output, args) {
    const table = args.flag('all') ? formatEach(result, output) : formatKinds(result, output);
    return `${formatUse(result, output)}\n${table}${formatFooter(result, output)}`;
  },
};

/** From here on the limit is close enough to be worth a colour. */
const warnShare = 0.8;

function formatUse({ open, limit }: FdsResult, { colors }: Output): string {
  if (limit.soft === null) return `${open} open, no limit\n`;
  const share = open / limit.soft;
  const hard = limit.hard === null ? 'none' : String(limit.hard);
  const line = `${open} open of ${limit.soft} (${formatShare(share)}), hard limit ${hard}`;
  return `${share >= warnShare ? colors.bad(line) : line}\n`;
}

function formatKinds(result: FdsResult, output: Output): string {
  const rows = result.kinds.map(({ kind, count }) => [kind, String(count)]);
  return formatTable([{ head: 'KIND' }, { head: 'COUNT', align: 'right' }], rows, output);
}

function formatEach(result: FdsResult, output: Output): string {
  const rows = result.fds.map(({ fd, target }) => [String(fd), target.kind, describeTarget(target)]);
  return formatTable([{ head: 'FD', align: 'right' }, { head: 'KIND' }, { head: 'TARGET', cut: 'end' }], rows, output);
}

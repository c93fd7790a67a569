/** `nops gc`: forces a full garbage collection through the agent. */

import type { GcResult, HeapSize } from '@nops/core/protocol/memory-results';
import { formatBytes, formatMillis } from '@nops/core/units/format';
import type { Command } from '../command-line/command.js';
import { attachPatience, eachTarget, maxTargets } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import { formatTable } from '../output/table.js';
import { resolveTarget } from '../target/resolve.js';

export const gc: Command<GcResult> = {
  usage: '<target> ...',
  examples: [['nops gc 4242', 'the main thread stops meanwhile: about a second for each gigabyte that is alive']],
  options: {},
  patience: `The agent has 40 s: collecting a large heap takes seconds. ${attachPatience}`,
  takes: { min: 1, max: maxTargets },
  each: eachTarget,
  async run(context, args) {
    return (await resolveTarget(context, args.positionals[0])).gc();
  },
  print(result, output) {
    const columns = [{ head: '' }, ...['BEFORE', 'AFTER', 'FREED'].map(head => ({ head, align: 'right' as const }))];
    const table = formatTable(columns, rowsOf(result), output);
    return `${table}\ncollected in ${formatMillis(result.elapsedMs)}\n${formatFooter(result, output)}`;
  },
};

const rows: [label: string, key: keyof HeapSize][] = [
  ['heap used', 'usedBytes'],
  ['heap total', 'totalBytes'],
  ['external', 'externalBytes'],
  ['RSS', 'rssBytes'],
];

function rowsOf({ before, after }: GcResult): string[][] {
  return rows.map(([label, key]) => [
    label,
    formatBytes(before[key]),
    formatBytes(after[key]),
    formatBytes(before[key] - after[key]),
  ]);
}

/** `nops memstats`: where a process's memory is, as V8 and the kernel count it, against its limits. */

import type { MemstatsResult, V8Heap } from '@nops/core/protocol/memory-results';
import { formatBytes, formatShare } from '@nops/core/units/format';
import type { Command } from '../command-line/command.js';
import { eachTarget, maxTargets, treeOption } from '../command-line/options.js';
import { describeCgroupMemory, isCgroupTight } from '../output/cgroup.js';
import { type Field, formatFields } from '../output/fields.js';
import { formatFooter } from '../output/footer.js';
import type { Output } from '../output/output.js';
import { type Column, formatTable } from '../output/table.js';
import { resolveTarget } from '../target/resolve.js';
import { memstatsTotals } from '../tree/totals.js';

export const memstats: Command<MemstatsResult> = {
  usage: '<target> ... [--tree]',
  examples: [['nops memstats 4242', 'heap spaces, external memory, RSS and PSS, and how near the limits are']],
  options: { tree: treeOption },
  takes: { min: 1, max: maxTargets },
  each: eachTarget,
  async run(context, args) {
    return (await resolveTarget(context, args.positionals[0])).memstats();
  },
  tree: { totals: memstatsTotals },
  print: (result, output) =>
    [
      formatFields([...heapFields(result.heap), ...kernelFields(result, output)], output),
      formatSpaces(result.heap, output),
      formatFooter(result, output),
    ].join(''),
};

function heapFields(heap: V8Heap | null): Field[] {
  if (heap === null) return [];
  const { usedBytes, totalBytes, limitBytes } = heap;
  const contexts = `${heap.nativeContexts}${heap.detachedContexts === 0 ? '' : `, ${heap.detachedContexts} detached: a leak?`}`;
  return [
    [
      'heap',
      `${formatBytes(usedBytes)} used of ${formatBytes(totalBytes)}, limit ${formatBytes(limitBytes)} (${formatShare(usedBytes / limitBytes)} used)`,
    ],
    ['external', `${formatBytes(heap.externalBytes)}, of which array buffers ${formatBytes(heap.arrayBuffersBytes)}`],
    ['malloc by V8', `${formatBytes(heap.mallocedBytes)}, at most ${formatBytes(heap.peakMallocedBytes)}`],
    ['contexts', contexts],
  ];
}

function kernelFields(result: MemstatsResult, { colors }: Output): Field[] {
  const { machineBytes, rssBytes } = result;
  const share =
    machineBytes === null || rssBytes === null ? '' : `, ${formatShare(rssBytes / machineBytes)} of the machine's`;
  return [
    ['RSS', rssBytes === null ? 'unknown' : `${formatBytes(rssBytes)}${share}`],
    ['anonymous', orNothing(result.anonymousBytes)],
    ['files', orNothing(result.fileBytes)],
    ['PSS', result.pssBytes === null ? 'may not be read' : formatBytes(result.pssBytes)],
    ['swapped out', (result.swapBytes ?? 0) === 0 ? undefined : orNothing(result.swapBytes)],
    ['cgroup', describeCgroupMemory(result.cgroup), isCgroupTight(result.cgroup).memory ? colors.bad : undefined],
  ];
}

function orNothing(bytes: number | null): string | undefined {
  return bytes === null ? undefined : formatBytes(bytes);
}

const spaceColumns: Column[] = [
  { head: 'HEAP SPACE' },
  ...['USED', 'SIZE', 'AVAILABLE', 'PHYSICAL'].map((head): Column => ({ head, align: 'right' })),
];

function formatSpaces(heap: V8Heap | null, output: Output): string {
  if (heap === null) return '';
  const rows = heap.spaces
    .filter(space => space.sizeBytes > 0)
    .sort((a, b) => b.usedBytes - a.usedBytes)
    .map(space => [
      space.name,
      formatBytes(space.usedBytes),
      formatBytes(space.sizeBytes),
      formatBytes(space.availableBytes),
      formatBytes(space.physicalBytes),
    ]);
  return `\n${formatTable(spaceColumns, rows, output)}`;
}

/** `nops stats`: how a process does, over a moment. */

import type { RequestFlow, StatsResult } from '@nops/core/protocol/results';
import { formatBytes, formatMillis, formatNumber, formatShare } from '@nops/core/units/format';
import { statsSeconds } from '../bounds.js';
import type { Command } from '../command-line/command.js';
import { eachTarget, maxTargets, parseSeconds, secondsOption, treeOption } from '../command-line/options.js';
import { describeActivity } from '../output/describe.js';
import { type Field, formatFields } from '../output/fields.js';
import { formatFooter } from '../output/footer.js';
import type { Output } from '../output/output.js';
import { resolveTarget } from '../target/resolve.js';
import { statsTotals } from '../tree/totals.js';

export const stats: Command<StatsResult> = {
  usage: '<target> ... [-s <N>] [--tree]',
  examples: [
    ['nops stats 4242 -s 5', 'means and rates over 5 seconds'],
    ['nops stats 4242 4243 --json', 'of both, a JSON document on each line'],
  ],
  options: { seconds: secondsOption(statsSeconds), tree: treeOption },
  takes: { min: 1, max: maxTargets },
  each: eachTarget,
  async run(context, args) {
    const seconds = parseSeconds(args, statsSeconds);
    const target = await resolveTarget(context, args.positionals[0]);
    return target.stats({ seconds });
  },
  tree: { totals: statsTotals },
  print: (result, output) => `${formatFields(fieldsOf(result, output), output)}${formatFooter(result, output)}`,
};

function fieldsOf(result: StatsResult, output: Output): Field[] {
  return [
    ['main thread', describeMain(result), result.blockedForMs === null ? undefined : output.colors.bad],
    ['requests in', result.requests === null ? undefined : describeFlow(result.requests.in)],
    ['requests out', result.requests === null ? undefined : describeFlow(result.requests.out)],
    ['event loop', describeLoop(result.loop)],
    ['handles', describeActive(result)],
    ['GC', describeGc(result.gc)],
    ['heap', describeHeap(result.heap)],
    ['external', describeExternal(result.heap)],
    ['RSS', result.rssBytes === null ? 'unknown' : formatBytes(result.rssBytes)],
    ['CPU', result.cpuPercent === null ? 'unknown' : `${formatNumber(result.cpuPercent)} % of one core`],
    ['threads', result.threads === null ? 'unknown' : String(result.threads)],
    ['fds', describeFds(result.fds)],
    ['measured', `${formatNumber(result.seconds)} s`],
  ];
}

function describeMain({ main, blockedForMs }: StatsResult): string {
  const activity = describeActivity(main);
  return blockedForMs === null ? activity : `blocked for at least ${formatMillis(blockedForMs)}: ${activity}`;
}

function describeFlow({ inFlight, finishedPerSec }: RequestFlow): string {
  return `${inFlight} in flight, ${formatNumber(finishedPerSec)}/s finished`;
}

function describeLoop(loop: StatsResult['loop']): string | undefined {
  if (loop === null) return undefined;
  const delays = `p50 ${formatMillis(loop.delayP50Ms)}, p99 ${formatMillis(loop.delayP99Ms)}, max ${formatMillis(loop.delayMaxMs)}`;
  return `delay ${delays}; busy ${formatShare(loop.utilization)}`;
}

function describeActive({ activeHandles, activeRequests }: StatsResult): string | undefined {
  if (activeHandles === null && activeRequests === null) return undefined;
  return `${activeHandles ?? '?'} active, ${activeRequests ?? '?'} requests to the system`;
}

function describeGc(gc: StatsResult['gc']): string | undefined {
  if (gc === null) return undefined;
  return `${gc.count} collections, ${formatMillis(gc.pauseMs)} paused, longest ${formatMillis(gc.maxPauseMs)}`;
}

function describeHeap(heap: StatsResult['heap']): string | undefined {
  if (heap === null) return undefined;
  const growth = `${heap.usedBytesPerSec < 0 ? '' : '+'}${formatBytes(heap.usedBytesPerSec)}/s`;
  const { usedBytes, totalBytes, limitBytes } = heap;
  return `${formatBytes(usedBytes)} used of ${formatBytes(totalBytes)}, limit ${formatBytes(limitBytes)}, ${growth}`;
}

function describeExternal(heap: StatsResult['heap']): string | undefined {
  if (heap === null) return undefined;
  return `${formatBytes(heap.externalBytes)}, of which array buffers ${formatBytes(heap.arrayBuffersBytes)}`;
}

function describeFds(fds: StatsResult['fds']): string {
  if (fds === null) return 'unknown';
  return `${fds.open} open of ${fds.limit ?? 'no limit'}, ${fds.growthPerSec < 0 ? '' : '+'}${formatNumber(fds.growthPerSec)}/s`;
}

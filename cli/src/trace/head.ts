/** What every report of a trace begins and ends with: where it is from, and what is missing in it. */

import type { TraceHead } from '@nops/core/protocol/trace-results';
import { flightLimits, ticksPerMs } from '@nops/core/trace/format';
import { sampledBusyShare } from '@nops/core/trace/report/stacks';
import { formatMillis, formatNumber, formatShare } from '@nops/core/units/format';
import type { Output } from '../output/output.js';
import type { OpenTrace } from './understand.js';

export function headOf<Name extends string>(name: Name, { source, trace }: OpenTrace): TraceHead<Name> {
  const { header, end, damaged, leftOut, ticks } = trace;
  return {
    schema: `nops.trace.${name}/1`,
    source,
    pid: header.pid,
    node: header.node,
    seconds: ticks / ticksPerMs / 1000,
    lost: end?.lost ?? 0,
    damaged,
    leftOut: {
      requestsIn: leftOut.requestsIn,
      requestsOut: leftOut.requestsOut,
      gcMs: leftOut.gcTicks / ticksPerMs,
    },
    notes: notesOf(trace),
  };
}

function notesOf({ header, end, damaged, leftOut, ticks, turns, samples }: OpenTrace['trace']): string[] {
  const notes: string[] = [];
  const seconds = (ticks / ticksPerMs / 1000).toFixed(1);
  if (damaged > 0) notes.push(`the file is damaged: ${formatShare(damaged)} of it could not be read`);
  if (end === null) notes.push(`the file was cut: it ends ${seconds} s after it began`);
  if ((end?.lost ?? 0) > 0)
    notes.push(`${end?.lost} records were lost: the process made them faster than they could be taken`);
  // Which, V8's samples don't tell for certain: of a loop that was optimized while it ran they may name the caller.
  if (turns.count === 0 && sampledBusyShare(samples) > 0.5) {
    notes.push('no callback began in it: one that had begun before ran all the time; nops stack shows which');
  }
  if (samples.ticks.length === 0) {
    notes.push('recorded without CPU samples: synchronous file operations count as js');
  }
  if (header.mode === 'flight') {
    notes.push(
      'a snapshot of the flight recorder: callbacks are not in it, so what requests in waited for is mostly not known',
    );
  }
  return [
    ...notes,
    ...leftOutNotes(leftOut),
    ...header.missing.map(source => `not recorded: ${source}`),
    ...(end?.notes ?? []),
  ];
}

function leftOutNotes({ requestsIn, requestsOut, gcTicks }: OpenTrace['trace']['leftOut']): string[] {
  const notes: string[] = [];
  for (const [count, direction] of [
    [requestsIn, 'in'],
    [requestsOut, 'out'],
  ] as const) {
    if (count === 0) continue;
    const more = `${formatNumber(count)} more requests ${direction} are not in it`;
    notes.push(`${more}: the flight recorder keeps about ${formatNumber(flightLimits[direction])} a second, at random`);
  }
  if (gcTicks > 0) {
    const time = formatMillis(gcTicks / ticksPerMs);
    notes.push(
      `collections were not recorded in ${time} of it: the flight recorder keeps about ${flightLimits.collections} a second`,
    );
  }
  return notes;
}

export function formatHead(result: Pick<TraceHead<string>, 'source' | 'pid' | 'node' | 'seconds'>): string {
  return `${result.source}: process ${result.pid}, Node ${result.node}, ${result.seconds.toFixed(1)} s\n`;
}

export function formatNotes(notes: readonly string[], output: Output): string {
  return notes.map(note => `${output.colors.dim(`note: ${note}`)}\n`).join('');
}

/** `nops trace summary`: what a trace holds, on one screen. */

import type { TraceRecorded, TraceSummary } from '@nops/core/protocol/trace-results';
import { groupTasks } from '@nops/core/trace/groups';
import { taskKinds } from '@nops/core/trace/model';
import { connectionsByPeer } from '@nops/core/trace/report/connections';
import { gcReport } from '@nops/core/trace/report/gc';
import { loopReport } from '@nops/core/trace/report/loop';
import { ownFrame } from '@nops/core/trace/report/stacks';
import { formatMillis, formatNumber, formatShare } from '@nops/core/units/format';
import { type Field, formatFields } from '../../output/fields.js';
import type { Output } from '../../output/output.js';
import { formatHead, formatNotes, headOf } from '../head.js';
import { formatGroups } from '../print-groups.js';
import { firstOf, type TraceReport } from '../report.js';
import type { OpenTrace } from '../understand.js';

const groupsShown = 8;

export const summary: TraceReport<TraceSummary> = {
  takes: 0,
  traces: 1,
  compute: traces => summarize(firstOf(traces)),
  print: printSummary,
};

export function summarize(open: OpenTrace): TraceSummary {
  const { trace, accounts } = open;
  const { longest: _longest, ...gc } = gcReport(trace);
  const loop = loopReport(trace);
  const kindNumber = taskKinds.indexOf('http-server');
  let requestsIn = 0;
  for (let task = 0; task < trace.tasks.count; task++) if (trace.tasks.kind[task] === kindNumber) requestsIn++;
  return {
    ...headOf('summary', open),
    events: trace.events,
    utilization: loop.utilization,
    gc,
    longestStall: loop.stalls[0] ?? null,
    requestsIn,
    requestsOut: trace.clients.count,
    connections: connectionsByPeer(trace),
    groups: groupTasks(trace, accounts).slice(0, groupsShown),
  };
}

export function printSummary(result: TraceSummary | TraceRecorded, output: Output): string {
  const { gc, leftOut, longestStall: stall } = result;
  const fields: Field[] = [
    ['events', formatNumber(result.events)],
    ['event loop', `${formatShare(result.utilization)} busy`],
    [
      'longest stall',
      stall === null
        ? undefined
        : `${formatMillis(stall.ms)} at ${formatMillis(stall.beginMs)}${stall.task === null ? '' : `, ${stall.task.kind} ${stall.task.name}`}${stall.stack === '' ? '' : `, ${ownFrame(stall.stack)}`}`,
    ],
    ['GC', `${gc.count} collections, ${formatMillis(gc.totalMs)}: ${formatShare(gc.share)} of the time`],
    [
      'requests',
      `${countOf(result.requestsIn, leftOut.requestsIn)} in, ${countOf(result.requestsOut, leftOut.requestsOut)} out`,
    ],
    ...result.connections
      .filter(({ requests }) => requests > 0)
      .slice(0, 3)
      .map(
        ({ peer, opened, requests, handshakes }): Field => [
          'to',
          `${peer}: ${opened} connections opened for ${requests} requests, ${handshakes} TLS handshakes`,
        ],
      ),
  ];
  return `${formatHead(result)}${formatFields(fields, output)}\n${formatGroups(result.groups, output)}${formatNotes(result.notes, output)}`;
}

function countOf(kept: number, leftOut: number): string {
  return leftOut === 0 ? String(kept) : `${formatNumber(kept)} of ${formatNumber(kept + leftOut)}`;
}

/** `nops trace connections`: opened, reused and closed, by peer. */

import type { TraceConnections } from '@nops/core/protocol/trace-results';
import { connectionsByPeer, type PeerConnections } from '@nops/core/trace/report/connections';
import { formatMillis } from '@nops/core/units/format';
import { type Column, formatTable } from '../../output/table.js';
import { formatHead, formatNotes, headOf } from '../head.js';
import { firstOf, type TraceReport } from '../report.js';

export const connections: TraceReport<TraceConnections> = {
  takes: 0,
  traces: 1,
  compute: traces => ({
    ...headOf('connections', firstOf(traces)),
    peers: connectionsByPeer(firstOf(traces).trace),
  }),
  print(result, output) {
    const table =
      result.peers.length === 0 ? 'no connection was seen\n' : formatTable(columns, result.peers.map(cells), output);
    return `${formatHead(result)}\n${table}${formatNotes(result.notes, output)}`;
  },
};

const columns: Column[] = [
  { head: 'PEER', cut: 'end' },
  { head: 'OPENED', align: 'right' },
  { head: 'TLS', align: 'right' },
  { head: 'CLOSED', align: 'right' },
  { head: 'REQUESTS', align: 'right' },
  { head: 'OPENED/REQUEST', align: 'right' },
  { head: 'READY AFTER', align: 'right' },
  { head: 'LIVED', align: 'right' },
];

function cells(row: PeerConnections): string[] {
  const millis = (ms: number | null) => (ms === null ? '-' : formatMillis(ms));
  return [
    row.peer,
    String(row.opened),
    String(row.handshakes),
    String(row.closed),
    String(row.requests),
    row.openedPerRequest === null ? '-' : row.openedPerRequest.toFixed(2),
    millis(row.readyMs),
    millis(row.lifetimeMs),
  ];
}

/** TCP connections as gops writes them, `local <-> peer (STATE)`; grouped by peer when there are many. */

import type { InfoConnections } from '@nops/core/protocol/info-parts';
import type { Output } from './output.js';

/** More than these are shown in groups; `nops sockets --all` shows each. */
const shownEach = 20;
const shownGroups = 20;

export function formatConnections(connections: InfoConnections | null, { colors }: Output): string {
  if (connections === null) return '';
  const { total, listed, groups, listeners } = connections;
  if (total === 0 && listeners.length === 0) return '';
  const few = total <= shownEach && listed.length === total;
  const lines = few
    ? listed.map(({ local, peer, state }) => `${local} <-> ${peer} (${state})`)
    : groups
        .slice(0, shownGroups)
        .map(({ peer, direction, state, count }) =>
          direction === 'in' ? `${count} × from ${peer} (${state})` : `${count} × <-> ${peer} (${state})`,
        );
  const left = few ? 0 : groups.length - Math.min(groups.length, shownGroups);
  const more = left === 0 ? [] : [`and ${left} more groups: nops sockets`];
  const listening = listeners.map(local => `${local} (LISTEN)`);
  const body = [...listening, ...lines, ...more].map(line => `    ${line}\n`).join('');
  return `\n${colors.head(`connections: ${total}`)}\n${body}`;
}

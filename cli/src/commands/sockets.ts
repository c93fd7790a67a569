/** `nops sockets`: a process's TCP and unix sockets by peer and state, with what waits in their queues. */

import type { SocketsResult } from '@nops/core/protocol/results';
import type { Command } from '../command-line/command.js';
import { all, treeOption } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import type { Output } from '../output/output.js';
import { type Column, formatTable } from '../output/table.js';
import { resolveTarget } from '../target/resolve.js';
import { socketsTotals } from '../tree/totals.js';

export const sockets: Command<SocketsResult> = {
  usage: '<target> [--all] [--tree]',
  examples: [
    ['nops sockets 4242', 'connections by peer and state, with their queues'],
    ['nops sockets 4242 --all', 'each socket with its descriptor'],
  ],
  options: { all, tree: treeOption },
  takes: { min: 1, max: 1 },
  async run(context, args) {
    return (await resolveTarget(context, args.positionals[0])).sockets();
  },
  tree: { totals: socketsTotals },
  print: (result, output, args) =>
    `${args.flag('all') ? formatEach(result, output) : formatGroups(result, output)}${formatFooter(result, output)}`,
};

const number = (head: string): Column => ({ head, align: 'right' });

function formatGroups(result: SocketsResult, output: Output): string {
  const { colors } = output;
  const parts = [
    formatTable(
      [
        { head: 'PEER', cut: 'end' },
        { head: 'DIR' },
        { head: 'STATE' },
        number('COUNT'),
        number('RECV-Q'),
        number('SEND-Q'),
      ],
      result.peers.map(p => [p.peer, p.direction, p.state, String(p.count), String(p.recvQ), String(p.sendQ)]),
      output,
    ),
    formatTable(
      [{ head: 'LISTENS ON', cut: 'end' }, number('ACCEPT-QUEUE')],
      result.listeners.map(listener => [listener.local, String(listener.acceptQueue)]),
      output,
    ),
    formatTable(
      [{ head: 'TIME_WAIT WITH', cut: 'end', paint: colors.warn }, { head: 'DIR' }, number('COUNT')],
      result.timeWait.map(ended => [ended.peer, ended.direction, String(ended.count)]),
      output,
    ),
    formatTable(
      [{ head: 'UNIX SOCKET', cut: 'end' }, { head: 'STATE' }, number('COUNT')],
      result.unix.map(socket => [socket.path === '' ? '(unnamed)' : socket.path, socket.state, String(socket.count)]),
      output,
    ),
  ].filter(part => part !== '');
  return parts.length === 0 ? nothing : parts.join('\n');
}

function formatEach(result: SocketsResult, output: Output): string {
  if (result.sockets.length === 0) return nothing;
  return formatTable(
    [
      number('FD'),
      { head: 'KIND' },
      { head: 'STATE' },
      { head: 'LOCAL', cut: 'end' },
      { head: 'PEER', cut: 'end' },
      number('RECV-Q'),
      number('SEND-Q'),
      number('INODE'),
    ],
    result.sockets.map(s => [
      String(s.fd),
      s.kind,
      s.state,
      s.local,
      s.peer,
      String(s.recvQ),
      String(s.sendQ),
      String(s.inode),
    ]),
    output,
  );
}

const nothing = 'The process has no TCP or unix socket.\n';

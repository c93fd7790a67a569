/** `nops pools`: the connection pools of a process. */

import { NopsError } from '@nops/core/protocol/errors';
import type { Pool, PoolPeer, PoolSettings, PoolsResult } from '@nops/core/protocol/results';
import { formatNumber, formatShare } from '@nops/core/units/format';
import { poolsSeconds } from '../bounds.js';
import type { Command } from '../command-line/command.js';
import { attachPatience, parseSeconds, secondsOption, treeOption } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import type { Output } from '../output/output.js';
import { type Column, formatTable } from '../output/table.js';
import { resolveTarget } from '../target/resolve.js';
import { poolsTotals } from '../tree/totals.js';

export const pools: Command<PoolsResult> = {
  usage: '<target> [-s <N>] [--deep [--force]] [--tree]',
  examples: [
    ['nops pools 4242 -s 5', 'connections opened and reused over 5 seconds, by pool and peer'],
    [
      'nops pools 4242 --deep',
      'also those that no request uses; the main thread stands still for it, up to 3 s for each 100 MB of heap',
    ],
  ],
  options: {
    seconds: secondsOption(poolsSeconds),
    deep: {
      type: 'boolean',
      description:
        'search the heap for pools that no request uses: the main thread stands still, for as long as is told before',
    },
    force: { type: 'boolean', description: 'with --deep: also when that is predicted to be more than 2 s' },
    tree: treeOption,
  },
  patience: `With --deep the agent has 15 s and ten times what is predicted, 5 minutes at most. ${attachPatience}`,
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const seconds = parseSeconds(args, poolsSeconds);
    const [deep, force] = [args.flag('deep'), args.flag('force')];
    if (force && !deep) throw new NopsError('usage', '--force goes with --deep', 'nops pools --help');
    const target = await resolveTarget(context, args.positionals[0]);
    return target.pools({ seconds, deep, force });
  },
  tree: { totals: poolsTotals, needsAgent: 'Its connection pools' },
  print,
};

const columns: Column[] = [
  { head: 'POOL' },
  { head: 'PEER', cut: 'end' },
  { head: 'IN USE', align: 'right' },
  { head: 'FREE', align: 'right' },
  { head: 'QUEUED', align: 'right' },
  { head: 'OPENED/S', align: 'right' },
  { head: 'REQ/S', align: 'right' },
  { head: 'REUSE', align: 'right' },
  { head: 'SETTINGS', cut: 'end' },
];

function print(result: PoolsResult, output: Output): string {
  const rows = result.pools.flatMap(rowsOf);
  const hint = `\n${output.colors.dim(`nops set ${result.pid}   lists the settings that can be changed`)}\n`;
  const body = rows.length === 0 ? 'No pool was seen while measuring.\n' : formatTable(columns, rows, output);
  return `${body}${hint}${formatFooter(result, output)}`;
}

/** A row for each peer; the pool's name and settings stand in its first. */
function rowsOf(pool: Pool): string[][] {
  const settings = describeSettings(pool);
  const [first, ...others] = pool.peers.map(cellsOf);
  if (first === undefined) return [[pool.name, '-', '', '', '', '', '', '', settings]];
  return [[pool.name, ...first, settings], ...others.map(cells => ['', ...cells, ''])];
}

function cellsOf(peer: PoolPeer): string[] {
  return [
    peer.peer,
    String(peer.inUse),
    String(peer.free),
    String(peer.queued),
    formatNumber(peer.openedPerSec),
    formatNumber(peer.requestsPerSec),
    peer.reuse === null ? '-' : formatShare(peer.reuse),
  ];
}

/** What null means for an http.Agent; fetch's dispatcher has no such setting then. */
const unset: Record<keyof PoolSettings, string> = {
  keepAlive: 'unknown',
  maxSockets: 'unlimited',
  maxFreeSockets: 'unlimited',
  timeout: 'none',
};

function describeSettings({ kind, settings }: Pool): string {
  const names = ['keepAlive', 'maxSockets', 'maxFreeSockets', 'timeout'] as const;
  return names
    .filter(name => kind !== 'fetch' || settings[name] !== null)
    .map(name => `${name}=${settings[name] ?? unset[name]}`)
    .join(' ');
}

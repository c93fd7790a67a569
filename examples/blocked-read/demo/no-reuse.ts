/** The incident as it happens most: a pool that keeps no idle connections. Every step reads what an engineer would read. */

import type { Measured, Step, Story } from './steps.js';
import { measure, step, stepUntilFound } from './steps.js';

const measureSeconds = 6;
/** Requests that were queued before the change are answered meanwhile. */
const settleMs = 2000;

interface Listed {
  pid: number;
  name: string;
  agent: boolean;
  cpuPercent: number | null;
  main: { state: string };
}

interface Peer {
  peer: string;
  inUse: number;
  free: number;
  queued: number;
  openedPerSec: number;
  reuse: number | null;
}

interface PoolSeen {
  name: string;
  kind: string;
  peers: Peer[];
  settings: { maxFreeSockets: number | null };
}

interface WaitSeen {
  column: string;
  what: string;
  totalMs: number;
  maxMs: number;
  stack: string;
}

interface ConnectionsSeen {
  peer: string;
  requests: number;
  handshakes: number;
  openedPerRequest: number | null;
  readyMs: number | null;
}

export async function investigateNoReuse(story: Story): Promise<{ before: Measured; after: Measured }> {
  const target = String(story.service.pid);
  story.say('The service is slow. Requests pile up.\n');
  const before = await measure(story.load, measureSeconds);

  await step<{ processes: Listed[] }>(story, 'list', ['list'], json => {
    const found = json.processes.find(p => p.pid === story.service.pid);
    return {
      ok: found?.agent === true,
      evidence: { name: found?.name, agent: found?.agent, cpuPercent: found?.cpuPercent, main: found?.main },
    };
  });

  await step<{
    requests: { in: { inFlight: number; finishedPerSec: number }; out: { inFlight: number } } | null;
    loop: { delayP99Ms: number; utilization: number } | null;
    cpuPercent: number;
  }>(story, 'stats', ['stats', target, '-s', '2'], json => ({
    ok: (json.requests?.in.inFlight ?? 0) > 10 && (json.loop?.utilization ?? 0) > 0.5,
    evidence: {
      inFlightIn: json.requests?.in.inFlight,
      inFlightOut: json.requests?.out.inFlight,
      loop: json.loop,
      cpuPercent: json.cpuPercent,
    },
  }));

  await step<{
    pausedMicros: number;
    threads: { role: string; state: string; frames: { function: string; url: string }[] }[];
    pending: unknown;
  }>(story, 'stack', ['stack', target], json => {
    const main = json.threads.find(t => t.role === 'main');
    return {
      ok: main !== undefined && json.pending !== null,
      evidence: {
        state: main?.state,
        frames: main?.frames.slice(0, 5).map(f => f.function),
        pausedMicros: json.pausedMicros,
        pending: json.pending,
      },
    };
  });

  const cpu = await step<{
    file: string;
    top: { function: string; file: string; flatPercent: number; cumPercent: number }[];
  }>(story, 'cpu', ['cpu', target, '-s', '4', '-o', cpuFile(story)], json => {
    const hot = json.top.filter(entry => /tls/.test(entry.file) && entry.cumPercent >= 10).slice(0, 5);
    return {
      ok: hot.length > 0,
      evidence: { hotFunctions: hot.map(h => ({ function: h.function, file: h.file, cumPercent: h.cumPercent })) },
    };
  });

  const sockets = await stepUntilFound<{
    peers: { direction: string; recvQ: number; state: string; count: number }[];
    timeWait: { peer: string; direction: string; count: number }[];
  }>(story, 'sockets', ['sockets', target], json => {
    const timeWait = json.timeWait.filter(t => t.direction === 'out').reduce((sum, t) => sum + t.count, 0);
    const recvQ = json.peers.reduce((sum, p) => sum + p.recvQ, 0);
    return { ok: timeWait > 0 && recvQ > 0, evidence: { timeWait, recvQ } };
  });

  await step<{ open: number; limit: { soft: number | null }; kinds: { kind: string; count: number }[] }>(
    story,
    'fds',
    ['fds', target],
    json => {
      const tcp = json.kinds.find(k => k.kind === 'tcp')?.count ?? 0;
      return { ok: tcp > 0, evidence: { open: json.open, limit: json.limit.soft, tcp } };
    },
  );

  let pool: PoolSeen | undefined;
  const pools = await step<{ pools: PoolSeen[] }>(story, 'pools', ['pools', target, '-s', '2'], json => {
    pool = mostOpening(json.pools);
    const opened = openedPerSec(pool);
    return {
      ok: opened > 1,
      evidence: {
        pool: pool?.name,
        handshakesPerSec: opened,
        reuse: pool?.peers.map(p => p.reuse),
        settings: pool?.settings,
      },
    };
  });

  const trace = await recordTrace(story, target, 'trace', 'before', reuse => reuse > 0.5);
  await step<{ rows: WaitSeen[] }>(story, 'waits', ['trace', 'net', traceFile(story, 'before')], json => {
    const reads = json.rows.filter(row => row.column === 'firstByte' && row.stack.includes('fetchItem'));
    const [longest] = reads.toSorted((a, b) => b.maxMs - a.maxMs);
    const tls = json.rows.filter(row => row.column === 'tls').reduce((sum, row) => sum + row.totalMs, 0);
    return {
      ok: longest !== undefined && tls > 0,
      evidence: {
        peer: longest?.what,
        longestReadMs: longest?.maxMs,
        by: longest?.stack.split('\n').find(frame => frame.startsWith('fetchItem')),
        handshakesMs: tls,
      },
    };
  });

  await step<{ changes: { name: string; old: unknown; new: unknown }[] }>(
    story,
    'set',
    ['set', target, `${pool?.name ?? 'https-1'}.maxFreeSockets=256`],
    json => ({
      ok: json.changes.length === 1,
      evidence: {
        handshakesPerSec: pools.evidence['handshakesPerSec'],
        timeWait: sockets.evidence['timeWait'],
        pool: pools.evidence['pool'],
        recvQ: sockets.evidence['recvQ'],
        hotFunctions: cpu.evidence['hotFunctions'],
        openedPerRequest: trace.evidence['openedPerRequest'],
        change: json.changes[0],
      },
    }),
  );

  await new Promise(resolve => setTimeout(resolve, settleMs));
  const after = await measure(story.load, measureSeconds);
  await verifyPool(story, target, pool?.name, pools);
  await recordTrace(story, target, 'trace-after', 'after', reuse => reuse < 0.2);
  return { before, after };
}

/** A trace of the service, judged by how many connections it opens for each request to the upstream. */
function recordTrace(
  story: Story,
  target: string,
  name: string,
  file: 'before' | 'after',
  judge: (openedPerRequest: number) => boolean,
): Promise<Step> {
  const args = ['trace', target, '-s', '3', '-o', traceFile(story, file)];
  return step<{ connections: ConnectionsSeen[] }>(story, name, args, json => {
    const [upstream] = json.connections.toSorted((a, b) => b.requests - a.requests);
    const opened = upstream?.openedPerRequest ?? null;
    return {
      ok: opened !== null && judge(opened),
      evidence: {
        peer: upstream?.peer,
        openedPerRequest: opened,
        handshakes: upstream?.handshakes,
        readyMs: upstream?.readyMs,
      },
    };
  });
}

function traceFile({ folder }: Pick<Story, 'folder'>, which: 'before' | 'after'): string {
  return `${folder}/trace-${which}.json.gz`;
}

/** The proof in nops's own numbers: the same pool now reuses its connections. */
async function verifyPool(story: Story, target: string, name: string | undefined, before: Step): Promise<void> {
  await step<{ pools: PoolSeen[] }>(story, 'verify', ['pools', target, '-s', '2'], json => {
    const pool = json.pools.find(p => p.name === name);
    const opened = openedPerSec(pool);
    return {
      ok: pool !== undefined && opened < Number(before.evidence['handshakesPerSec']) / 2,
      evidence: {
        pool: name,
        handshakesPerSec: opened,
        reuse: pool?.peers.map(p => p.reuse),
        settings: pool?.settings,
      },
    };
  });
}

function mostOpening(pools: PoolSeen[]): PoolSeen | undefined {
  return pools.toSorted((a, b) => openedPerSec(b) - openedPerSec(a))[0];
}

function openedPerSec(pool: PoolSeen | undefined): number {
  return pool?.peers.reduce((sum, p) => sum + p.openedPerSec, 0) ?? 0;
}

/** Where the walk-through keeps the CPU profile that it records. */
export function cpuFile(story: Pick<Story, 'folder'>): string {
  return `${story.folder}/cpu.pb.gz`;
}

/** Records a profile of one process through its agent. */

import type { InfoResult } from '@nops/core/protocol/results';
import { recordSeconds } from '../bounds.js';
import type { Context } from '../context.js';
import type { Found } from '../target/found.js';
import { endsEarly } from './ends-early.js';

export interface WantedProfile {
  kind: keyof typeof profileKinds;
  /** How long to record; undefined: the default of the kind, or whatever the agent has already. */
  seconds: number | undefined;
  /** What else the agent's endpoint takes. */
  params?: Record<string, number | string>;
  /** Instead of recording now: so many seconds that have passed. */
  last?: number;
}

export interface RecordedOne {
  /** What the agent tells of its process. */
  info: InfoResult;
  /** In the pprof format, gzipped, unless `params` ask for another. */
  bytes: Buffer;
  /** By Ctrl-C. */
  isCutShort: boolean;
}

/** What each kind of profile is called: in a refusal, in progress, and by the agent. */
export const profileKinds = {
  cpu: { what: 'A CPU profile', progress: 'profiling', endpoint: 'profile', alwaysTimed: true },
  heap: { what: 'A heap profile', progress: 'sampling the heap', endpoint: 'heap', alwaysTimed: false },
  allocs: {
    what: 'A profile of allocations',
    progress: 'sampling what is allocated',
    endpoint: 'allocs',
    alwaysTimed: true,
  },
} as const;

/** Stopping a profiler, and reading what it has, takes time that grows with what it recorded. */
const stopMs = 30_000;

/** Throws what `requireAgent` throws, `no-answer`, or what the agent refuses with. */
export async function recordOne(context: Context, target: Found, wanted: WantedProfile): Promise<RecordedOne> {
  const { what, progress: label, endpoint, alwaysTimed } = profileKinds[wanted.kind];
  const agent = await target.requireAgent(what);
  const info = await agent.call('info', { details: 0 });
  if (wanted.last !== undefined) {
    const params = { ...wanted.params, from: `-${wanted.last}s` };
    return { info, isCutShort: false, bytes: await agent.download(endpoint, params, { deadlineMs: stopMs }) };
  }
  const seconds = wanted.seconds ?? recordSeconds.fallback;
  const isTimed = alwaysTimed || wanted.seconds !== undefined;
  const early = wanted.kind === 'cpu' ? endsEarly(context, agent) : undefined;
  const params = { ...(isTimed ? { seconds } : {}), ...early?.params, ...wanted.params };
  const progress = context.progress(label, seconds * 1000);
  try {
    const bytes = await agent.download(endpoint, params, { deadlineMs: seconds * 1000 + stopMs });
    return { info, bytes, isCutShort: early?.hasEnded() ?? false };
  } finally {
    progress.stop();
    early?.forget();
  }
}

/** Records a profile of a process through its agent: for `cpu`, `heap`, `ui` and `pprof`. */

import type { InfoResult } from '@nops/core/protocol/results';
import { recordSeconds } from './bounds.js';
import type { Context } from './context.js';
import type { Found } from './target/found.js';

export interface Wanted {
  kind: keyof typeof kinds;
  /** How long to record; undefined: the default of the kind, or whatever the agent has already. */
  seconds: number | undefined;
  /** What else the agent's endpoint takes. */
  params?: Record<string, number>;
}

export interface Recorded {
  /** What the agent tells of its process. */
  info: InfoResult;
  /** Gzipped, in the pprof format. */
  bytes: Buffer;
}

/** What each kind of profile is called: in a refusal, in progress, and by the agent. */
const kinds = {
  cpu: { what: 'A CPU profile', progress: 'profiling', endpoint: 'profile', alwaysTimed: true },
  heap: { what: 'A heap profile', progress: 'sampling the heap', endpoint: 'heap', alwaysTimed: false },
} as const;

/** Stopping a profiler, and reading what it has, takes time that grows with what it recorded. */
const stopMs = 30_000;

/** Throws what `requireAgent` throws, `no-answer`, or what the agent refuses with. */
export async function recordProfile(context: Context, target: Found, wanted: Wanted): Promise<Recorded> {
  const { what, progress: label, endpoint, alwaysTimed } = kinds[wanted.kind];
  const agent = await target.requireAgent(what);
  const info = await agent.call('info', { details: 0 });
  const seconds = wanted.seconds ?? recordSeconds.fallback;
  const isTimed = alwaysTimed || wanted.seconds !== undefined;
  const params = { ...(isTimed ? { seconds } : {}), ...wanted.params };
  const progress = context.progress(label, seconds * 1000);
  try {
    return { info, bytes: await agent.download(endpoint, params, { deadlineMs: seconds * 1000 + stopMs }) };
  } finally {
    progress.stop();
  }
}

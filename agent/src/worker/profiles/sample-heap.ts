/**
 * What `heap` and `allocs` share. A window starts V8's sampler, or joins one that runs; then what the sampler had before is taken off by
 * ordinals. With the agent's option `heap` the sampler runs all the time: `heap` answers at once, and with `seconds` by Go's difference.
 */

import {
  fromHeapProfile,
  type HeapKeeps,
  type HeapProfile,
  lastOrdinal,
} from '@nops/core/profile/formats/from-heapprofile';
import { heapText } from '@nops/core/profile/formats/to-go-text';
import type { Profile } from '@nops/core/profile/model';
import { parseWhole } from '@nops/core/protocol/parameters';
import { type HeapSampling, heapIntervalBytes } from '@nops/probe/through/heap-sampling';
import { withDeadline } from '@nops/probe/through/inspector-channel';
import type { Asked, Context, Reply } from '../context.js';
import { Limit } from '../limit.js';
import type { Session } from '../main-thread/main-thread.js';
import { explainNoAnswer } from '../main-thread/stuck.js';
import { wait } from '../wait.js';
import { showLooks } from './delta.js';
import { type Shown, show, viewOf } from './profile-view.js';

const atOnce = new Limit(3, 'heap profiles');
const startMs = 5000;
/** V8 collects the whole heap first: about a second for a gigabyte that is alive. */
const readMs = 15_000;
const defaultSeconds = 5;
const names: Record<HeapKeeps, string> = { inuse: 'heap', alloc: 'allocs' };

export async function sampleHeap(keeps: HeapKeeps, asked: Asked, context: Context): Promise<Reply> {
  const view = await viewOf(asked);
  const gc = parseWhole('gc', asked.params.get('gc'), { min: 0, max: 1, fallback: 0 }) === 1;
  const shown: Shown = { view, name: names[keeps], text: heapText };
  const seconds = view.seconds ?? defaultSeconds;
  try {
    if (context.isHeapSampled) return await showSampled(shown, gc, asked, context);
    const sample = () => context.main.withSession(({ heap }) => sampleFor(heap, keeps, seconds, asked.signal));
    return show(await atOnce.run(seconds, sample), shown);
  } catch (error) {
    throw explainNoAnswer(error, context);
  }
}

/** A difference keeps its place until its second look is over, after the headers. */
async function showSampled(shown: Shown, gc: boolean, { signal }: Asked, context: Context): Promise<Reply> {
  const leave = atOnce.take(shown.view.seconds ?? 0);
  const look = () => context.main.withSession(session => readSinceStart(session, gc, context));
  const reply = showLooks(look, shown, signal);
  reply.then(begun => (begun.type === 'file' ? begun.body : undefined)).then(leave, leave);
  return reply;
}

async function readSinceStart(session: Session, gc: boolean, { start }: Context): Promise<Profile> {
  const { channel, heap } = session;
  // Before it hands over what the inspector has started V8 collects anyway, but not what the main thread itself has.
  if (gc && start.heapSampledSinceMs !== null)
    await withDeadline(channel.post('HeapProfiler.collectGarbage'), readMs, 'the collection goes on there');
  const startedAtMs = start.heapSampledSinceMs ?? heap.startedAtMs;
  const comment = 'allocated since the agent started sampling, and alive';
  return convert(await read(heap), { keeps: 'inuse', startedAtMs, comment });
}

async function sampleFor(
  sampling: HeapSampling,
  keeps: HeapKeeps,
  seconds: number,
  signal: AbortSignal,
): Promise<Profile> {
  const joins = sampling.isUsed;
  const started = sampling.start(keeps);
  started.catch(() => {});
  try {
    await withDeadline(started, startMs, 'the heap sampler did not start');
    const before = joins ? lastOrdinal(await read(sampling)) : undefined;
    const startedAtMs = joins ? Date.now() : sampling.startedAtMs;
    await wait(seconds * 1000, signal);
    return convert(await read(sampling), { keeps, startedAtMs, afterOrdinal: before, comment: told[keeps](seconds) });
  } finally {
    started.then(() => sampling.stop()).catch(() => {});
  }
}

const told: Record<HeapKeeps, (seconds: number) => string> = {
  inuse: seconds =>
    `only what was allocated in these ${seconds} s, and is alive; for all that is alive: nops heap-snapshot, or start the agent with heap: true`,
  alloc: seconds => `all that was allocated in these ${seconds} s, also what is freed already`,
};

function read(sampling: HeapSampling): Promise<HeapProfile> {
  return withDeadline(sampling.read(), readMs, 'the sampled heap could not be fetched');
}

interface Window {
  keeps: HeapKeeps;
  startedAtMs: number;
  afterOrdinal?: number | undefined;
  comment: string;
}

function convert(raw: HeapProfile, { keeps, startedAtMs, afterOrdinal, comment }: Window): Profile {
  const source = `V8's sampling heap profiler on the main thread, one sample in about ${heapIntervalBytes} bytes`;
  return fromHeapProfile(raw, {
    startedAtMs,
    durationMs: Date.now() - startedAtMs,
    intervalBytes: heapIntervalBytes,
    keeps,
    ...(afterOrdinal === undefined ? {} : { afterOrdinal }),
    comments: [`${source}: ${comment}`],
  });
}

/** `/debug/pprof/heap`: the sampled live heap of the main thread. */

import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import { fromHeapProfile } from '@nops/core/profile/from-heapprofile';
import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import { type HeapSampling, heapIntervalBytes } from '@nops/probe/through/heap-sampling';
import { withDeadline } from '@nops/probe/through/inspector-channel';
import type { Handler, Reply } from '../context.js';
import { explainNoAnswer } from '../stuck.js';
import { wait } from '../wait.js';

const maxAtOnce = 3;
const deadlineMs = 5000;
const defaultSeconds = 5;
let underWay = 0;

export const heap: Handler = async (asked, context) => {
  const given = asked.params.get('seconds');
  const seconds = parseWhole('seconds', given, { min: 1, max: 300, fallback: defaultSeconds });
  if (context.start.heap && given !== null) {
    throw new NopsError(
      'usage',
      '"seconds" is not supported while the agent samples the heap all the time: ask without it for all that is alive',
    );
  }
  if (underWay >= maxAtOnce)
    throw new NopsError('no-answer', `${maxAtOnce} heap profiles are being taken already`, 'Try again later.');
  underWay++;
  try {
    return await context.main.withSession(session =>
      context.start.heap ? readSinceStart(session.heap) : sampleFor(session.heap, seconds, asked.signal),
    );
  } catch (error) {
    throw explainNoAnswer(error, context);
  } finally {
    underWay--;
  }
};

/** Takes and keeps the sampler from the agent's start on. */
export async function keepSampling(sampling: HeapSampling): Promise<never> {
  await sampling.start();
  return new Promise(() => {});
}

function readSinceStart(sampling: HeapSampling): Promise<Reply> {
  return read(sampling, 'allocated since the agent started sampling, and alive');
}

async function sampleFor(sampling: HeapSampling, seconds: number, signal: AbortSignal): Promise<Reply> {
  const started = sampling.start();
  started.catch(() => {});
  try {
    await withDeadline(started, deadlineMs, 'the heap sampler did not start');
    await wait(seconds * 1000, signal);
    return await read(
      sampling,
      `only what was allocated in these ${seconds} s, and is alive; start the agent with heap: true to see all`,
    );
  } finally {
    started.then(() => sampling.stop()).catch(() => {});
  }
}

async function read(sampling: HeapSampling, comment: string): Promise<Reply> {
  const raw = await withDeadline(sampling.read(), deadlineMs, 'the sampled heap could not be fetched');
  const bytes = encodeProfile(
    fromHeapProfile(raw, {
      startedAtMs: sampling.startedAtMs,
      durationMs: Date.now() - sampling.startedAtMs,
      intervalBytes: heapIntervalBytes,
      comments: [
        `V8's sampling heap profiler on the main thread, one sample in about ${heapIntervalBytes} bytes: ${comment}`,
      ],
    }),
  );
  return { type: 'file', name: 'heap', bytes: gzipSync(bytes) };
}

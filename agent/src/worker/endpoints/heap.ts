/** `/debug/pprof/heap`: the sampled live heap of the main thread. */

import type { HeapSampling } from '@nops/probe/through/heap-sampling';
import type { Handler } from '../context.js';
import { sampleHeap } from '../sample-heap.js';

export const heap: Handler = (asked, context) => sampleHeap('inuse', asked, context);

/** Takes and keeps the sampler from the agent's start on. */
export async function keepSampling(sampling: HeapSampling): Promise<never> {
  await sampling.start('inuse');
  return new Promise(() => {});
}

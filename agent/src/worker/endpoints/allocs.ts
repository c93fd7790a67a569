/** `/debug/pprof/allocs`: all that the main thread allocated while it was sampled, also what has been freed since. */

import { NopsError } from '@nops/core/protocol/errors';
import type { Handler } from '../context.js';
import { sampleHeap } from '../profiles/sample-heap.js';

export const allocs: Handler = (asked, context) => {
  if (!context.isHeapSampled) return sampleHeap('alloc', asked, context);
  throw new NopsError(
    'impossible',
    'the agent samples the live heap all the time (its option heap or oomProfile), and V8 has one sampler, which then forgets what is freed: ask for heap, or start the agent without it',
  );
};

/** `/debug/pprof/heap`: the sampled live heap of the main thread. */

import type { Handler } from '../context.js';
import { sampleHeap } from '../profiles/sample-heap.js';

export const heap: Handler = (asked, context) => sampleHeap('inuse', asked, context);

/** V8's figures of this thread's heap. They cost microseconds: nothing is collected or walked. */

import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import type { HeapSize, V8Heap } from '@nops/core/protocol/memory-results';
import type { MainPulse } from '../messages/shared.js';
import { activeHandles, activeRequests } from './node-internals.js';

export function readHeap(): V8Heap {
  const heap = getHeapStatistics();
  const { external, arrayBuffers } = process.memoryUsage();
  return {
    usedBytes: heap.used_heap_size,
    totalBytes: heap.total_heap_size,
    physicalBytes: heap.total_physical_size,
    limitBytes: heap.heap_size_limit,
    availableBytes: heap.total_available_size,
    externalBytes: external,
    arrayBuffersBytes: arrayBuffers,
    mallocedBytes: heap.malloced_memory,
    peakMallocedBytes: heap.peak_malloced_memory,
    nativeContexts: heap.number_of_native_contexts,
    detachedContexts: heap.number_of_detached_contexts,
    spaces: getHeapSpaceStatistics().map(space => ({
      name: space.space_name,
      sizeBytes: space.space_size,
      usedBytes: space.space_used_size,
      availableBytes: space.space_available_size,
      physicalBytes: space.physical_space_size,
    })),
  };
}

export function readHeapSize(): HeapSize {
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  return { usedBytes: heapUsed, totalBytes: heapTotal, externalBytes: external, rssBytes: rss };
}

export function readPulse(): MainPulse {
  const { heapUsed, heapTotal } = process.memoryUsage();
  return {
    activeHandles: activeHandles().length,
    activeRequests: activeRequests().length,
    heap: { usedBytes: heapUsed, totalBytes: heapTotal, limitBytes: getHeapStatistics().heap_size_limit },
  };
}

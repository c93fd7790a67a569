/**
 * `POST /debug/nops/gc`: a full collection of the main thread's heap, as DevTools' bin does it. It stops that thread meanwhile. V8 puts it
 * off to the event loop (v8/src/inspector/v8-heap-profiler-agent-impl.cc, GCTask), so nothing is asked of a loop that does not come round:
 * the collection would come when nobody expects it any more.
 */

import type { GcResult } from '@nops/core/protocol/memory-results';
import { withDeadline } from '@nops/probe/through/inspector-channel';
import type { Handler } from '../context.js';
import { explainNoAnswer } from '../main-thread/stuck.js';

const callMs = 2000;
/** A full collection takes about a second for a gigabyte that is alive. */
const collectMs = 30_000;

export const gc: Handler = async (_asked, context) => {
  const { main } = context;
  try {
    await main.call('pulse', null, callMs);
    const before = await main.call('heapSize', null, callMs);
    const began = performance.now();
    await main.withSession(({ channel }) =>
      withDeadline(channel.post('HeapProfiler.collectGarbage'), collectMs, 'the collection goes on there'),
    );
    const elapsedMs = performance.now() - began;
    const after = await main.call('heapSize', null, callMs);
    const result: GcResult = {
      schema: 'nops.gc/1',
      pid: process.pid,
      way: 'agent',
      notes: [],
      before,
      after,
      elapsedMs,
    };
    return { type: 'json', value: result };
  } catch (error) {
    throw explainNoAnswer(error, context);
  }
};

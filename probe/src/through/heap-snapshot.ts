/**
 * V8's heap snapshot through the inspector: the text of one JSON document, in pieces. The main thread stands still until the last piece is
 * written, and nothing can stop it in between: who leaves early leaves it to work on for nobody.
 */

import { NopsError } from '@nops/core/protocol/errors';
import { readMemory } from '../beside/memory.js';
import { evaluate, type InspectorChannel, withDeadline } from './inspector-channel.js';
import type { HeapFacts } from './predict-snapshot.js';

const factsMs = 10_000;

/** Console functions of the inspector include `require`, for Nodes without getBuiltinModule. */
const factsText = `(() => {
  const v8 = process.getBuiltinModule?.('v8') ?? require('v8');
  const large = v8.getHeapSpaceStatistics().filter(space => /large_object/.test(space.space_name));
  return {
    node: parseInt(process.versions.node, 10),
    usedBytes: v8.getHeapStatistics().used_heap_size,
    largeBytes: large.reduce((sum, space) => sum + space.space_used_size, 0),
    rssBytes: process.memoryUsage.rss(),
  };
})()`;

/** Figures that cost nothing. Throws `no-answer` when the main thread does not come round. */
export async function readHeapFacts(pid: number, channel: InspectorChannel): Promise<HeapFacts> {
  const told = evaluate<unknown>(channel, factsText, { commandLine: true });
  const facts = parseFacts(await withDeadline(told, factsMs, 'the size of its heap'));
  const { rssBytes, cgroup } = readMemory(pid);
  return { ...facts, rssBytes: rssBytes ?? facts.rssBytes, limitCores: cgroup?.cpu?.limitCores ?? null };
}

function parseFacts(told: unknown): Omit<HeapFacts, 'limitCores'> {
  const facts = (typeof told === 'object' && told !== null ? told : {}) as Record<string, unknown>;
  const number = (name: string): number => {
    const value = facts[name];
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    throw new NopsError(
      'impossible',
      `the size of its heap is malformed: ${name} must be a number that is not negative`,
    );
  };
  return {
    node: number('node'),
    usedBytes: number('usedBytes'),
    largeBytes: number('largeBytes'),
    rssBytes: number('rssBytes'),
  };
}

export interface SnapshotListener {
  /** The next piece of the text. What it throws ends the conversation. */
  write(chunk: string): void;
  /** How many of about `total` objects have been looked at; then comes the writing. */
  looked(done: number, total: number): void;
}

export interface SnapshotPatience {
  /** Until the first sign of it: Node 26 begins it from the event loop only, which a loop that never ends does not come back to; 20 at once. */
  beginMs: number;
  wholeMs: number;
  signal: AbortSignal;
}

/** Resolves with the milliseconds it took, when all has been written. Throws what `write` throws, and `no-answer` when it takes too long. */
export async function takeHeapSnapshot(
  channel: InspectorChannel,
  listener: SnapshotListener,
  { beginMs, wholeMs, signal }: SnapshotPatience,
): Promise<number> {
  signal.throwIfAborted();
  let fail: (reason: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  let begin: () => void = () => {};
  const begun = new Promise<void>(resolve => {
    begin = resolve;
  });
  const abort = () => fail(signal.reason);
  signal.addEventListener('abort', abort);
  const leave = [
    channel.on<{ chunk: unknown }>('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => {
      try {
        if (typeof chunk !== 'string') throw new NopsError('impossible', 'a piece of the heap snapshot is not text');
        listener.write(chunk);
      } catch (error) {
        fail(error);
      }
    }),
    channel.on<{ done: unknown; total: unknown }>('HeapProfiler.reportHeapSnapshotProgress', ({ done, total }) => {
      begin();
      if (typeof done === 'number' && typeof total === 'number') listener.looked(done, total);
    }),
    () => signal.removeEventListener('abort', abort),
  ];
  try {
    const beganMs = performance.now();
    const taken = channel.post('HeapProfiler.takeHeapSnapshot', { reportProgress: true });
    await Promise.race([failed, taken, withDeadline(begun, beginMs, 'it did not begin the heap snapshot')]);
    await Promise.race([failed, withDeadline(taken, wholeMs, 'the whole heap snapshot')]);
    return performance.now() - beganMs;
  } finally {
    begin(); // nobody waits for that any more: its timer would keep us from ending
    for (const end of leave) end();
  }
}

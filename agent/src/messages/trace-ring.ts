/**
 * The ring in shared memory into which the main thread records, and from which the worker drains:
 *
 *   control   [head, tail, lost]          head: records written, by the main thread; tail: records taken, by the worker; modulo 2^32
 *   words     4 for each record           [kind | extra << 8, a, b, ticks]; see core/src/trace/format.ts
 *
 * When it is full, records are dropped and counted: the main thread never waits.
 */

export const ringIndex = { head: 0, tail: 1, lost: 2 } as const;

export const wordsPerRecord = 4;

/** 4 MB: at a million records a second a quarter of a second, and the worker comes by twenty times as often. */
const ringRecords = 1 << 18;

export interface TraceRing {
  control: Int32Array;
  words: Int32Array;
}

export function createRing(records = ringRecords): TraceRing {
  return {
    control: new Int32Array(new SharedArrayBuffer(4 * Object.keys(ringIndex).length)),
    words: new Int32Array(new SharedArrayBuffer(4 * wordsPerRecord * records)),
  };
}

/** What the main thread answers when a recording begins. The ring comes by a message. */
export interface TraceBegun {
  id: number;
  startMicros: number;
  startedAtMs: number;
  poolThreads: number;
}

/** Longest recording that a client may ask for. */
export const maxTraceSeconds = 60;

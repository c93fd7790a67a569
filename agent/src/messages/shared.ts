/**
 * What the target's main thread and the agent's worker share: the memory between them and the calls from the worker into the main
 * thread. It is the only folder that both import.
 */

import type { CountedStack } from '@nops/core/profile/formats/from-stacks';
import type { InfoPulse } from '@nops/core/protocol/info-parts';
import type { RunRecording } from '@nops/core/protocol/injection';
import type { GcGrowth, GcSettings, HeapSize, SetgcRequest, V8Heap } from '@nops/core/protocol/memory-results';
import type { Change, SettingValue, StackFrame, Tunable } from '@nops/core/protocol/results';
import { createLabelRing, type LabelNames, type LabelRing, type LabelsBegun } from './labels.js';
import type { TraceBegun, TraceRing } from './trace-ring.js';

/** How often the main thread writes its heartbeat. */
export const heartbeatMs = 1000;

/** Calls that can be on their way at once; each has a slot. */
export const slotCount = 64;

/**
 * A call's slot holds `ticket * 4 + state`. The worker puts it there as `waiting`; whoever swaps it first, the main thread to `taken` or
 * the worker to `cancelled`, decides whether the call runs. The ticket keeps a late call from taking the slot of a later one.
 */
export const slotStates = { waiting: 0, taken: 1, cancelled: 2 } as const;

export interface Ticket {
  slot: number;
  number: number;
}

/** True when `ticket` was still waiting and is now `state`. */
export function swapSlot(slots: Int32Array, ticket: Ticket, state: 'taken' | 'cancelled'): boolean {
  const waiting = ticket.number * 4 + slotStates.waiting;
  return Atomics.compareExchange(slots, ticket.slot, waiting, ticket.number * 4 + slotStates[state]) === waiting;
}

/** Tickets are numbered modulo this, so that a slot's value stays a 32-bit integer. */
export const ticketLimit = 2 ** 28;

/** Worker's count of connected inspector sessions, so that the main thread can wait for none at its exit. */
export const sessionsIndex = 0;

/** 1 once the socket and the announcement are taken away, or about to be: whoever sets it removes them, and nobody else does later. */
export const goneIndex = 1;

/** Of the recording that goes to a file from the process's start: see `recordings`. */
export const recordingIndex = 2;

/** The worker writes it; the main thread has ended its part, and waits for the rest to be written. 0: none, or all is written. */
export const recordings = { none: 0, running: 1, ending: 2 } as const;

/** True for the one of both threads that is to remove the files. Later there may be others of the same names, of the next agent. */
export function claimFiles(memory: SharedMemory): boolean {
  return Atomics.compareExchange(memory.state, goneIndex, 0, 1) === 0;
}

export interface SharedMemory {
  /** One number: the monotonic milliseconds of the last heartbeat. */
  beat: BigInt64Array;
  /** `slotCount` call slots. */
  slots: Int32Array;
  /** [sessions connected, files gone, recording]. */
  state: Int32Array;
  labels: LabelRing;
}

export function createSharedMemory(): SharedMemory {
  return {
    beat: new BigInt64Array(new SharedArrayBuffer(8)),
    slots: new Int32Array(new SharedArrayBuffer(4 * slotCount)),
    state: new Int32Array(new SharedArrayBuffer(12)),
    labels: createLabelRing(),
  };
}

/** Milliseconds of the clock that all threads of a process share. */
export function monotonicMs(): bigint {
  return process.hrtime.bigint() / 1_000_000n;
}

/** What the worker is started with. */
export interface WorkerStart {
  memory: SharedMemory;
  folder: string;
  /** Kernel start time of the process, see core's announcement. */
  startTime: string;
  socketPath: string;
  name: string | null;
  version: string;
  /** By `nops attach`, not by the app. */
  attached: boolean;
  /** It unloads itself when nobody holds its lease any more. */
  leased: boolean;
  /** Whether the process may be inspected: src/main/may-inspect.ts. */
  mayInspect: boolean;
  tcp: { host: string; port: number; tls: { key: string; cert: string } | null } | null;
  token: string | null;
  heap: boolean;
  /** The flight recorder runs from the start on. */
  flight: boolean;
  /** Whether CPU profiles of the main thread are labelled, and whether HTTP requests are by themselves. */
  labels: 'off' | 'on' | 'routes';
  /** Of sampled CPU windows. */
  history: { seconds: number; bytes: number };
  /** Whether the main thread is profiled all the time. */
  profile: 'on-demand' | 'warm';
  /** What that may use: percent of one core over any ten seconds. */
  profileBudget: number;
  /** What to record into a file from the start on; the main thread has begun already. */
  recording: RunRecording | null;
  /** Since when the main thread itself keeps V8's heap sampler running, milliseconds since 1970; null: it does not. */
  heapSampledSinceMs: number | null;
}

/** Worker → main thread. `leaving`: the worker has left the inspector, and asks whether that has come to the main thread: see let-go.ts. */
export type WorkerMessage =
  | { type: 'ready'; url: string | null }
  | { type: 'failed'; message: string }
  | { type: 'leaving' };

/**
 * Main thread → worker: `exit` when the process ends, `close` when the agent does, `left` in answer to `leaving`; the memory of a
 * recording that begins.
 */
export type MainMessage = 'exit' | 'close' | 'left' | { type: 'ring'; begun: TraceBegun; ring: TraceRing };

/** The calls that the worker may make into the main thread: name → [arguments, answer]. */
export interface HostCalls {
  windowBegin: [WindowKind, number];
  windowEnd: [number, Observation];
  poolsInHeap: [null, PoolsInHeap];
  stack: [null, MainStack];
  tunables: [null, Tunable[]];
  set: [{ name: string; value: SettingValue }[], Change[]];
  pulse: [null, MainPulse];
  heap: [null, V8Heap];
  heapSize: [null, HeapSize];
  gcSettings: [null, GcSettings];
  setgc: [SetgcRequest, GcSettings];
  gcGrowthBegin: [null, number];
  gcGrowthEnd: [number, GcGrowth];
  stallsBegin: [null, true];
  stallsEnd: [number, Stall[]];
  stallsKeep: [boolean, true];
  stallsSince: [number, Stall[]];
  labelsBegin: [null, LabelsBegun];
  labelsEnd: [null, true];
  labelNames: [number[], LabelNames];
  countedStacks: [string, { profile: CountedStacks | null }];
  counts: [null, { name: string; count: number }[]];
  traceBegin: ['full' | 'flight', TraceBegun];
  traceEnd: [number, { lost: number }];
  runEnd: ['SIGINT' | 'SIGTERM', { ends: boolean }];
  leave: [null, true];
}

/** A stretch in which the event loop did not come round, by the clock that all threads share. */
export interface Stall {
  fromMicros: number;
  toMicros: number;
}

/** The name of the profile of worker threads. The others are the app's own. */
export const threadProfileName = 'threadcreate';

/** Stacks that the main thread has counted; those beyond its bounds are left out. */
export interface CountedStacks {
  types: string[];
  stacks: CountedStack[];
  leftOut: number;
}

/** What the main thread says when its event loop comes round. */
export type MainPulse = Omit<InfoPulse, 'loopDelayMs'>;

export type HostCallName = keyof HostCalls;

/**
 * Calls that wait for the event loop to come round, because they may run the app's own code or are asked to learn how long that
 * takes; the others run between two bytecodes of whatever the main thread executes. `poolsInHeap` collects the heap, which is not to happen in the
 * middle of a function: main/heap-query.ts.
 */
export const deferredCalls: ReadonlySet<HostCallName> = new Set(['tunables', 'set', 'pulse', 'poolsInHeap'] as const);

/** Calls that only read what V8 knows, and so may come in the middle of Node's own code. */
export const readingCalls: ReadonlySet<HostCallName> = new Set([
  'stack',
  'heap',
  'heapSize',
  'gcSettings',
  'setgc',
  'countedStacks',
  'counts',
  'labelNames',
] as const);

/** The answer to a call that would have run in the middle of Node's own code. */
export const again = 'again';

/** `loop` adds event-loop delay and GC to the HTTP counters that every window has, `deep` the pools without a connection. */
export type WindowKind = 'loop' | 'http' | 'deep';

/** What was seen between the begin and the end of a window, in the main thread. */
export interface Observation {
  seconds: number;
  finishedIn: number;
  finishedOut: number;
  inFlightIn: number;
  inFlightOut: number;
  activeHandles: number;
  activeRequests: number;
  loop: { delayP50Ms: number; delayP99Ms: number; delayMaxMs: number; turns: number; utilization: number } | null;
  gc: { count: number; pauseMs: number; maxPauseMs: number } | null;
  heap: { used: number; total: number; limit: number; external: number; arrayBuffers: number; usedBefore: number };
  pools: ObservedPool[];
  /** Pools left out because there were too many. */
  poolsLeftOut: number;
}

export interface ObservedPool {
  name: string;
  kind: 'http' | 'https' | 'fetch' | 'undici';
  settings: {
    keepAlive: boolean | null;
    maxSockets: number | null;
    maxFreeSockets: number | null;
    timeout: number | null;
  };
  peers: {
    peer: string;
    inUse: number;
    free: number;
    queued: number;
    opened: number;
    requests: number;
    reused: number;
  }[];
}

/** Found by a walk over the heap, and how long the walk took. */
export interface PoolsInHeap {
  found: number;
  pauseMs: number;
}

export interface MainStack {
  frames: StackFrame[];
  pausedMicros: number;
  handles: { type: string; count: number }[];
  requests: { type: string; count: number }[];
}

/** An error of a call, as it crosses from the main thread to the worker. */
export interface HostFailure {
  nopsError: { code: 'usage' | 'impossible' | 'no-answer'; message: string; next?: string };
}

/** What `nops` gives to programs: the types of its results are those that `--json` prints. */

import type { AsyncResult } from '@nops/core/protocol/async-results';
import type { EvalResult } from '@nops/core/protocol/attach-results';
import type { HeapSnapshotResult } from '@nops/core/protocol/heap-snapshot-results';
import type {
  AllocsResult,
  GcResult,
  HeapResult,
  MemstatsResult,
  SetgcRequest,
  SetgcResult,
} from '@nops/core/protocol/memory-results';
import type {
  CpuResult,
  FdsResult,
  InfoResult,
  PoolsResult,
  SetResult,
  SettingValue,
  SocketsResult,
  StackResult,
  StatsResult,
  TunablesResult,
} from '@nops/core/protocol/results';
import type { TopResult } from '@nops/core/protocol/top-results';
import type { TraceRecorded } from '@nops/core/protocol/trace-results';

export interface AttachOptions {
  /** Ends whatever waits; what was asked rejects with its reason. `close` is still to be called. */
  signal?: AbortSignal;
  /** Of an agent that listens on TCP. Default: NOPS_TOKEN. */
  token?: string;
  /**
   * Whether an agent may be loaded into a process that has none, when one is first needed; `close` takes it away again. What is read from
   * beside never needs one. Default: yes, unless NOPS_ATTACH is 0.
   */
  inject?: boolean;
  /** Opens an inspector also where other people's processes share the target's network. Default: NOPS_SHARED_HOST. */
  sharedHost?: boolean;
  onProgress?(progress: Progress): void;
}

export interface Progress {
  /** What goes on; or a sentence that should be known, such as that an agent has been loaded. */
  text: string;
  /** From 0 to 1, at the begin and end of what takes a while and whenever it is known in between; null for a sentence. */
  share: number | null;
}

interface Measured {
  /** How long to measure. */
  seconds?: number;
}

export interface StackOptions {
  /** Stop the process (SIGSTOP) for a moment where a thread runs, to be exact. */
  stop?: boolean;
  /** C++ frames too. */
  native?: boolean;
}

export interface AsyncOptions {
  /** Between the two looks, 0.2 to 60. Default: 0.3. */
  seconds?: number;
  /** How many stacks of each group to follow to what they wait on. Default: 1. */
  why?: number;
  /** Leave out what nothing can wake any more. */
  live?: boolean;
  /** Every group and frame, also Node's own and those of packages. */
  all?: boolean;
  /** Arguments, and the queries of URLs: user data. */
  values?: boolean;
}

export interface TopOptions extends Measured {
  /** Samples per second. Default: 100. */
  rate?: number;
  /** Stop the process (SIGSTOP) for a fraction of a millisecond at each sample of a running thread. */
  stop?: boolean;
}

export interface CpuOptions extends Measured {
  /** Samples per second. Default: 100. */
  hz?: number;
  /** `main`, `all`, or a worker's number or name. Default: all, told apart by the label `thread`. */
  thread?: string;
  /** So many seconds that have passed, of an agent that profiles all the time (NOPS_PROFILE=warm), instead of `seconds` from now. */
  last?: number;
  /** `cpuprofile`: V8's own format, JSON of one thread, with the time of each sample. Default: pprof's. */
  format?: 'pb' | 'cpuprofile';
  /** Also of the Node processes that it started: samples have the labels `pid` and, in a cluster or PM2, `worker`. */
  tree?: boolean;
}

export interface HeapOptions extends Measured {
  /** As for `cpu`. */
  tree?: boolean;
}

export interface PoolsOptions extends Measured {
  /** Also those that no request uses, by a search of the heap: the main thread stands still for it, predicted as for the command. */
  deep?: boolean;
  /** With `deep` also when that is predicted to take more than 2 s. */
  force?: boolean;
}

export interface TraceOptions {
  /** How long to record, 1 to 60. Default: 10. */
  seconds?: number | undefined;
  /** CPU samples per second, 0 (none) to 1000. Default: 100. */
  hz?: number | undefined;
  /** So many seconds that have passed, 1 to 60, of an agent that keeps them (NOPS_FLIGHT=1), instead of `seconds` from now. */
  last?: number | undefined;
}

export interface HeapSnapshotOptions {
  /** Where to write it. Default: a file in the working directory. */
  file?: string;
  /** Also when the prediction says that memory or disk will not suffice. */
  force?: boolean;
}

/** A profile in memory, in place of the file that the command writes. */
type InMemory<Written> = Omit<Written, 'file' | 'url'> & {
  /** In the pprof format, gzipped, unless another was asked for. */
  profile: Uint8Array;
};
export type CpuProfile = InMemory<CpuResult>;
export type HeapProfile = InMemory<HeapResult>;
export type AllocsProfile = InMemory<AllocsResult>;
export type TraceRecording = Omit<TraceRecorded, 'file'> & {
  /** The file that the command writes: gzipped JSON, for Perfetto and the reports of `nops trace`. */
  trace: Uint8Array;
};

/**
 * A process. Each method asks anew and answers what the command of its name prints with `--json`. A refusal is a `NopsError`, whose `code`
 * tells its kind; anything else that is thrown is a bug of nops, or the reason of the aborted `signal`.
 */
export interface Target {
  /** Who it is, what it uses, and how it can be reached; with `seconds` (0.1 to 60) also what it uses over that time. */
  info(options?: Measured): Promise<InfoResult>;
  /** The stack of every thread, and what it waits for; also while the process hangs in a system call. */
  stack(options?: StackOptions): Promise<StackResult>;
  /** Every suspended async function, as async call stacks. */
  async(options?: AsyncOptions): Promise<AsyncResult>;
  /** Which functions each thread spends its time in, seen from outside, over 1 to 3600 seconds. Default: 5. */
  top(options?: TopOptions): Promise<TopResult>;
  sockets(): Promise<SocketsResult>;
  fds(): Promise<FdsResult>;
  /** Requests, event loop, GC, heap, CPU over 1 to 60 seconds. Default: 1. */
  stats(options?: Measured): Promise<StatsResult>;
  memstats(): Promise<MemstatsResult>;
  /** Connection pools over 1 to 60 seconds. Default: 1. */
  pools(options?: PoolsOptions): Promise<PoolsResult>;
  /** The settings that can be changed, and what was. */
  tunables(): Promise<TunablesResult>;
  /** Changes settings: `{ 'https-1.maxSockets': 64 }`. All of them, or none. */
  set(changes: Readonly<Record<string, SettingValue>>): Promise<SetResult>;
  /** Forces a full garbage collection: the main thread stops for about a second for each gigabyte that is alive. */
  gc(): Promise<GcResult>;
  /** How V8 collects; with `change` it is changed. With `seconds` (to 60) it is watched for so long, before and after. */
  setgc(change?: SetgcRequest, options?: Measured): Promise<SetgcResult>;
  /** A CPU profile of 1 to 300 seconds. Default: 5. */
  cpu(options?: CpuOptions): Promise<CpuProfile>;
  /** A profile of the heap: what is allocated within 1 to 300 seconds and kept, or what the agent has sampled since the start. */
  heap(options?: HeapOptions): Promise<HeapProfile>;
  /** All that is allocated within 1 to 300 seconds, also what is freed meanwhile. Default: 5. */
  allocs(options?: HeapOptions): Promise<AllocsProfile>;
  /** What ran and what waited, request by request, and for what. */
  trace(options?: TraceOptions): Promise<TraceRecording>;
  /** V8's snapshot of the heap into a file. The main thread stands still meanwhile; refused where there is no room for it. */
  heapSnapshot(options?: HeapSnapshotOptions): Promise<HeapSnapshotResult>;
  /** The value of a JavaScript expression. It runs in the process, on its main thread and with all of its rights. */
  evaluate(expression: string): Promise<EvalResult>;
  /** Takes away what was loaded for this target. Never rejects; closing twice is fine. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

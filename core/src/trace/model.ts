/**
 * A trace in memory, as columns, since it has millions of callbacks. Times are ticks (0.1 µs) since it began.
 *
 *   segment   a stretch in which the main thread ran one callback for one task; they don't overlap, and stand in order
 *   turn      what one event made it run: its callback, then the promises and ticks that this one left; in it segments follow closely
 *   resource  what callbacks belong to, by async id minus the recording's first: type, when it was made, in which segment, for which task
 *   task      a request in or out, a task of the app's own, or a chain of callbacks that began with none of these
 */

import type { Column } from './columns.js';
import type { TraceEnd, TraceHeader } from './format.js';
import type { Intervals } from './intervals.js';

export const taskKinds = ['http-server', 'http-client', 'user', 'async', 'own'] as const;

/** `own` is the recorder itself, and told nowhere. */
export type TaskKind = (typeof taskKinds)[number];

export interface Segments {
  count: number;
  begin: Uint32Array;
  end: Uint32Array;
  /** Async id; to be read as a signed number. */
  id: Uint32Array;
  /** Task plus 1; 0: none. */
  owner: Uint32Array;
  /** The one before of the same resource, plus 1; 0: none. */
  previous(segment: number): number;
}

export interface Turns {
  count: number;
  /** Its first segment: that of the resource whose event it was. */
  first: Uint32Array;
  /** Since when its event may have been there: see polls.ts. */
  readySince: Uint32Array;
  /** The turn of a segment. */
  of(segment: number): number;
}

export interface Resources {
  type: Uint8Array;
  /** Of timers, in ms. */
  delay: Uint16Array;
  /** Ticks plus 1; 0: not seen. */
  made: Uint32Array;
}

export interface Tasks {
  count: number;
  kind: Uint8Array;
  /** Number in `names`. */
  name: Uint16Array;
  begin: Uint32Array;
  /** 0: it had not ended. */
  end: Uint32Array;
  /** Task plus 1 that it is a part of; 0: none. */
  parent: Uint32Array;
  /** Of HTTP; 0: not seen. */
  status: Uint16Array;
}

/** A request out, with the ticks of its phases; 0: not seen. */
export interface ClientRequest {
  task: number;
  /** Task plus 1 that sent it; 0: none. */
  owner: number;
  peer: string;
  stack: string;
  connection: number;
  reused: boolean;
  begin: number;
  socket: number;
  lookup: number;
  connect: number;
  secure: number;
  response: number;
  status: number;
  end: number;
  failed: boolean;
}

/** Requests out, by number; each is put together when it is asked for. */
export interface Clients extends Iterable<ClientRequest> {
  readonly count: number;
  at(index: number): ClientRequest;
  /** Task plus 1 that sent it; 0: none. */
  ownerOf(index: number): number;
  /** The one that is this task. */
  ofTask(task: number): ClientRequest | undefined;
}

export interface Connection {
  peer: string;
  incoming: boolean;
  secure: boolean;
  opened: number;
  ready: number;
  closed: number;
  requests: number;
}

/** A synchronous file operation; several of one kind that follow closely are one. */
export interface SyncCall {
  /** Of the function, such as `readFileSync`. */
  name: string;
  begin: number;
  end: number;
  stack: string;
}

export interface LogLine {
  ticks: number;
  owner: number;
  what: 'log' | 'mark' | 'measure' | 'region';
  text: string;
  /** Of regions and measures. */
  durationTicks: number;
}

export interface CpuSamples {
  ticks: Uint32Array;
  /** Number in `stacks`. */
  stack: Uint32Array;
  /** Innermost first, as text with a frame a line; '' for idle. */
  stacks: string[];
}

/** What the flight recorder left out, so as not to cost more than so much. */
export interface LeftOut {
  requestsIn: number;
  requestsOut: number;
  /** Ticks in which collections were not recorded. */
  gcTicks: number;
}

export interface Trace {
  header: TraceHeader;
  /** null: the file was cut. */
  end: TraceEnd | null;
  /** 0 to 1: how much of the file could not be read. */
  damaged: number;
  events: number;
  ticks: number;
  /** Ticks that the loop waited for events, as far as libuv tells: too little where a profiler ran. */
  idleTicks: number;
  /** Ticks between callbacks in which the loop did not wait: Node's own work. */
  nativeTicks: number;
  names: string[];
  types: string[];
  segments: Segments;
  turns: Turns;
  resources: Resources;
  tasks: Tasks;
  aborted: Set<number>;
  clients: Clients;
  connections(): Iterable<Connection>;
  gc: Intervals;
  /** Synchronous file operations on the main thread, as far as CPU samples show them. */
  syncCalls: SyncCall[];
  /** When these ran. */
  syncs: Intervals;
  log: LogLine[];
  samples: CpuSamples;
  /** [ticks it was seen, ticks late] of the loop, in recordings without async_hooks. */
  late: [number, number][];
  leftOut: LeftOut;
}

/** A wait of a task. */
export interface Wait {
  column: Column;
  begin: number;
  end: number;
  /** Type of the async resource that ended it. */
  type: string;
  client: ClientRequest | undefined;
}

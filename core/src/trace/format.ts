/**
 * The trace file: JSON of Chrome's trace events (an object with `traceEvents`), gzipped, that Perfetto and DevTools open as it is.
 * What they don't know stands beside, as metadata events that they pass over:
 *
 *   {"traceEvents":[                                                                     one event a line, so that a cut file can be read
 *   {"ph":"M","name":"nops.trace","args":{"version":1,"node":…,"startMicros":…}},        always the first
 *   {"ph":"M","name":"nops.strings","args":{"strings":[[1,"GET /feed"],…]}},             before the records that name them
 *   {"ph":"M","name":"nops.records","args":{"seq":0,"count":812,"ticks":0,"data":"…"}},  see records.ts
 *   {"ph":"X","cat":"nops.gc",…}, {"ph":"b","cat":"nops.request-in",…}, …                plain trace events
 *   {"ph":"M","name":"nops.end","args":{"lost":0,"ticks":…}}                             not in a file that was cut
 *   ]}
 *
 * Each drain of the recorder is compressed by itself (Z_FULL_FLUSH): behind a damaged place reading goes on with the next one.
 */

/** Raised when older readers would misread a file; `upgrade` in read-trace.ts then learns the step. */
export const formatVersion = 1;

export const lineNames = {
  header: 'nops.trace',
  strings: 'nops.strings',
  records: 'nops.records',
  end: 'nops.end',
} as const;

/** Ticks of records: 0.1 µs since `startMicros`. */
export const ticksPerMs = 10_000;

export interface TraceHeader {
  version: number;
  pid: number;
  node: string;
  name: string | null;
  /** The clock of process.hrtime at tick 0, in microseconds: that of `ts` in the trace events. */
  startMicros: number;
  /** What the records' ticks begin at: a snapshot of the flight recorder begins late. */
  baseTicks: number;
  /** The same moment since 1970. */
  startedAtMs: number;
  /** `full`: with async_hooks; `flight`: what the flight recorder keeps. */
  mode: 'full' | 'flight';
  /** libuv's threads (UV_THREADPOOL_SIZE). */
  poolThreads: number;
  /** Sources that were not recorded, each with its reason. */
  missing: string[];
}

export interface TraceEnd {
  /** Records that the ring had no room for. */
  lost: number;
  ticks: number;
  /** What went missing meanwhile. */
  notes: string[];
  /** The threads that lived at the end; absent in snapshots of the flight recorder. */
  threads?: ThreadTime[];
}

export interface ThreadTime {
  tid: number;
  /** The kernel's name of it. */
  name: string;
  /** A role of `nops threads`: see StackThread. */
  role: string;
  /** Time on a CPU while it was recorded. */
  cpuMs: number;
}

/** What a record is; the low byte of its first word. */
export const kinds = {
  /** extra: type number, and for a timer its delay in ms << 8; a: async id; b: trigger id */
  init: 1,
  before: 2,
  after: 3,
  /** Text: extra: bytes, a: its number; the bytes follow in the next records. Only in the ring; files have them as JSON. */
  string: 4,
  /** extra: V8's kind of collection, a: ticks it took, b: tick it began */
  gc: 5,
  /** extra: string number; a: ticks it took, b: tick it began; performance.measure */
  measure: 6,
  /** extra: one of `marks`; a and b as there */
  mark: 7,
  /** a: number of a type of async resource, b: its name. Only in the ring, as texts are. */
  type: 8,
} as const;

/** What happened; a is the number of the request, task or connection it happened to unless told. */
export const marks = {
  /** b: name. The current slice is the request's from here on. */
  serverBegin: 1,
  /** b: name, now with the route */
  serverEnd: 2,
  serverStatus: 3,
  /** The connection was closed before the answer was whole. */
  serverAbort: 4,
  /** b: name */
  clientBegin: 5,
  /** b: host:port */
  clientPeer: 6,
  /** b: stack */
  clientStack: 7,
  /** b: connection * 2, plus 1 when it was reused */
  clientSocket: 8,
  clientLookup: 9,
  clientConnect: 10,
  clientSecure: 11,
  /** b: status */
  clientResponse: 12,
  /** b: 1 when it failed */
  clientEnd: 13,
  /** b: name */
  userBegin: 14,
  /** Its function has returned; what was current before is again. */
  userLeave: 15,
  /** b: 1 when it failed */
  userEnd: 16,
  regionBegin: 17,
  regionEnd: 18,
  /** a: category, b: message */
  log: 19,
  /** a: name */
  perfMark: 20,
  /** b: peer */
  connectionOpen: 21,
  /** b: 1 when it is encrypted */
  connectionReady: 22,
  connectionClose: 23,
  connectionIn: 24,
  /** The current slice is of the recorder itself. */
  own: 25,
  /** a: ticks that the event loop waited for events since the last slice; within one: since the last, before it really began */
  idle: 26,
  /** a: ticks that the event loop came late to a timer; only without async_hooks */
  late: 27,
  /** b: name. A request in on a connection with others: the rest of the current slice is its, and the stream made last. */
  serverStream: 28,
  /** a: requests left out since the last time, b: 0 in, 1 out; the flight recorder keeps so many a second */
  leftOut: 29,
  /** a: ticks until now in which collections were not recorded, for the same reason */
  gcLeftOut: 30,
} as const;

/**
 * What the flight recorder keeps a second, about, in each direction and of collections: at 1.1, 2.2 and 44 to 90 µs each (Node 20) that is
 * less than a hundredth of a core.
 */
export const flightLimits = { in: 5000, out: 2000, collections: 25 } as const;

/** The number of a type of async resource that is not in the table, which has no room. */
export const otherType = 255;
/** From this number on a recorder gives none to a type but `otherType`: readers tell apart what async_hooks does not. */
export const firstOwnType = 250;

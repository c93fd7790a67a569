/** What `nops trace` and its reports tell. Times are milliseconds since the trace began. They only grow. */

import type { TaskGroup } from '../trace/groups.js';
import type { BlockingReport, BlockingRow } from '../trace/report/blocking.js';
import type { PeerConnections } from '../trace/report/connections.js';
import type { GroupDiff } from '../trace/report/diff.js';
import type { GcReport } from '../trace/report/gc.js';
import type { LoopReport } from '../trace/report/loop.js';
import type { TaskReport } from '../trace/report/task-log.js';
import type { ThreadReport } from '../trace/report/threads.js';

/** What every report begins with. */
export interface TraceHead<Name extends string> {
  schema: `nops.trace.${Name}/1`;
  /** The file or target as it was named. */
  source: string;
  pid: number;
  node: string;
  seconds: number;
  /** Records that the recorder had no room for. */
  lost: number;
  /** 0 to 1: how much of the file could not be read. */
  damaged: number;
  /** What the flight recorder left out, so as not to cost more than so much: requests, and time in which collections were not recorded. */
  leftOut: { requestsIn: number; requestsOut: number; gcMs: number };
  notes: string[];
}

export interface TraceSummary extends TraceHead<'summary'> {
  events: number;
  utilization: number;
  gc: Omit<GcReport, 'longest'>;
  longestStall: LoopReport['stalls'][number] | null;
  requestsIn: number;
  requestsOut: number;
  connections: PeerConnections[];
  /** Those that took most time. */
  groups: TaskGroup[];
}

/** `nops trace <target>`: the summary of what was recorded, and where it is. */
export interface TraceRecorded extends Omit<TraceSummary, 'schema'> {
  schema: 'nops.trace/1';
  file: string;
  bytes: number;
}

export interface TraceTasks extends TraceHead<'tasks'> {
  groups: TaskGroup[];
}

export interface TraceTask extends TraceHead<'task'>, TaskReport {}

export interface TraceBlocking extends TraceHead<BlockingReport> {
  rows: BlockingRow[];
  totalMs: number;
  /** With --pprof: the profile that was written. */
  file?: string;
}

export interface TraceLoop extends TraceHead<'loop'>, LoopReport {}

export interface TraceGc extends TraceHead<'gc'>, GcReport {}

export interface TraceConnections extends TraceHead<'connections'> {
  peers: PeerConnections[];
}

export interface TraceThreads extends TraceHead<'threads'> {
  threads: ThreadReport[];
}

export interface TraceDiff {
  schema: 'nops.trace.diff/1';
  before: { source: string; seconds: number };
  after: { source: string; seconds: number };
  notes: string[];
  groups: GroupDiff[];
}

export type TraceResult =
  | TraceRecorded
  | TraceSummary
  | TraceTasks
  | TraceTask
  | TraceBlocking
  | TraceLoop
  | TraceGc
  | TraceConnections
  | TraceThreads
  | TraceDiff;

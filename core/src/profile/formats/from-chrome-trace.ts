/**
 * The CPU samples in a Chrome trace, as DevTools' Performance panel, Perfetto and `node --trace-event-categories` record them, → Profile.
 *
 * Each profile in it is an event `Profile` that begins it, and events `ProfileChunk` of the same process and id that continue it, from a
 * thread of V8's own (v8/src/profiler/cpu-profiler.cc, StreamPendingTraceEvents). Nodes name their parent instead of their children.
 * Profiles of several threads or processes become one; samples then have the label `thread`. Of those that were taken of one thread at the
 * same time, as by a trace and by `--cpu-prof`, the one with the most samples counts.
 */

import { NopsError } from '../../protocol/errors.js';
import { setLabel } from '../labels.js';
import { merge } from '../merge.js';
import type { Profile } from '../model.js';
import type { CallFrame } from '../v8-frame.js';
import { type CpuProfile, type CpuProfileNode, fromCpuProfile } from './from-cpuprofile.js';

export interface TraceEvent {
  name?: string;
  ph?: string;
  pid?: number | string;
  tid?: number | string;
  id?: number | string;
  args?: {
    name?: string;
    data?: {
      startTime?: number;
      endTime?: number;
      cpuProfile?: { nodes?: ChunkNode[]; samples?: number[]; endTime?: number };
      timeDeltas?: number[];
      /** By sample, the line that the leaf was at, from 1; 0 when unknown. */
      lines?: number[];
    };
  };
}

interface ChunkNode {
  id: number;
  parent?: number;
  callFrame: Partial<CallFrame>;
}

/** Of one profile, what its chunks have told so far. */
interface Streamed {
  thread: string;
  /** Equal for profiles of one thread. */
  threadKey: string;
  startTime: number;
  endTime: number | undefined;
  nodes: ChunkNode[];
  samples: number[];
  timeDeltas: number[];
  lines: number[];
}

/** Throws `usage` when there are no CPU samples in it. */
export function fromChromeTrace(events: readonly TraceEvent[]): Profile {
  const threads = new Map<string, string>();
  for (const { ph, name, pid, tid, args } of events)
    if (ph === 'M' && name === 'thread_name') threads.set(`${pid} ${tid}`, String(args?.name ?? ''));
  const streams = new Map<string, Streamed>();
  for (const event of events) readEvent(event, streams, threads);
  const found = withoutOverlaps([...streams.values()].filter(({ samples }) => samples.length > 0));
  if (found.length === 0) {
    throw new NopsError(
      'usage',
      'this trace has no CPU samples',
      'Record it with the category disabled-by-default-v8.cpu_profiler and a running profiler: node --cpu-prof, or DevTools.',
    );
  }
  const profiles = found.map(stream => {
    const cpu = cpuProfileOf(stream);
    const profile = fromCpuProfile(cpu, {
      startedAtMs: 0,
      intervalMicros: Math.round((cpu.endTime - cpu.startTime) / stream.samples.length),
    });
    return found.length === 1 ? profile : setLabel(profile, 'thread', [stream.thread]);
  });
  const [first] = profiles;
  return profiles.length === 1 && first !== undefined ? first : merge(profiles);
}

function withoutOverlaps(streams: Streamed[]): Streamed[] {
  const kept: Streamed[] = [];
  for (const stream of streams.toSorted((a, b) => b.samples.length - a.samples.length)) {
    const overlaps = (other: Streamed) =>
      other.threadKey === stream.threadKey && other.startTime < endOf(stream) && stream.startTime < endOf(other);
    if (!kept.some(overlaps)) kept.push(stream);
  }
  return kept;
}

/** When its last sample was taken, or it was ended. */
function endOf({ startTime, endTime, timeDeltas }: Streamed): number {
  return Math.max(
    timeDeltas.reduce((time, delta) => time + delta, startTime),
    endTime ?? 0,
  );
}

function readEvent(event: TraceEvent, streams: Map<string, Streamed>, threads: ReadonlyMap<string, string>): void {
  const { name, pid, tid, id, args } = event;
  const key = `${pid} ${id}`;
  const data = args?.data;
  if (data === undefined || data === null) return;
  if (name === 'Profile') {
    const thread = threads.get(`${pid} ${tid}`) ?? `thread ${tid}`;
    const startTime = data.startTime ?? 0;
    streams.set(key, {
      thread,
      threadKey: `${pid} ${tid}`,
      startTime,
      endTime: undefined,
      nodes: [],
      samples: [],
      timeDeltas: [],
      lines: [],
    });
  }
  const stream = streams.get(key);
  if (name !== 'ProfileChunk' || stream === undefined) return;
  const samples = data.cpuProfile?.samples ?? [];
  // No spread into push: a chunk may have more than fit on a stack.
  for (const node of data.cpuProfile?.nodes ?? []) stream.nodes.push(node);
  for (const [i, sample] of samples.entries()) {
    stream.samples.push(sample);
    stream.timeDeltas.push(data.timeDeltas?.[i] ?? 0);
    stream.lines.push(data.lines?.[i] ?? 0);
  }
  stream.endTime = data.endTime ?? data.cpuProfile?.endTime ?? stream.endTime;
}

function cpuProfileOf(stream: Streamed): CpuProfile {
  const { startTime, nodes, samples, timeDeltas, lines } = stream;
  const byId = new Map<number, CpuProfileNode & { children: number[] }>();
  for (const { id, callFrame } of nodes) {
    const { functionName = '', url = '', lineNumber = -1, columnNumber = -1 } = callFrame;
    byId.set(id, { id, callFrame: { functionName, url, lineNumber, columnNumber }, children: [] });
  }
  for (const { id, parent } of nodes) if (parent !== undefined) byId.get(parent)?.children.push(id);
  const ticks = new Map<number, Map<number, number>>();
  for (const [i, id] of samples.entries()) {
    const line = lines[i] ?? 0;
    if (line === 0) continue;
    const counts = ticks.get(id) ?? new Map<number, number>();
    ticks.set(id, counts.set(line, (counts.get(line) ?? 0) + 1));
  }
  return {
    nodes: [...byId.values()].map(node => ({
      ...node,
      positionTicks: [...(ticks.get(node.id) ?? [])].map(([line, count]) => ({ line, ticks: count })),
    })),
    startTime,
    endTime: endOf(stream),
    samples,
    timeDeltas,
  };
}

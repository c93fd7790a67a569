/**
 * V8's CPU profile (`Profiler.Profile` of the inspector protocol, a `.cpuprofile` file) → Profile.
 *
 * V8 samples the thread at wall-clock intervals, also while it waits for events: those samples are its `(idle)` node. They are left
 * out, as in Go, and a comment says how long they were; so what remains is wall time in which the thread executed JavaScript or
 * native code, or was blocked in a system call made from there.
 *
 * A sample stands for the time until the next one. V8 knows a frame's own hot lines (`positionTicks`), so a leaf is split by line;
 * callers have the line of their definition. Columns are those of definitions: where a whole program is one line, nothing else tells its
 * functions apart, so a tick on that line has it too.
 */

import { ProfileBuilder } from '../builder.js';
import type { Profile } from '../model.js';
import { turnFunctionName } from '../sampling/stack-tree.js';
import { type CallFrame, frameFunctionId, tickColumn } from '../v8-frame.js';

export interface CpuProfileNode {
  id: number;
  callFrame: CallFrame;
  children?: number[];
  /** How many samples have it as their leaf. */
  hitCount?: number;
  /** Ticks by 1-based line of this node's own function. */
  positionTicks?: { line: number; ticks: number }[];
}

export interface CpuProfile {
  nodes: CpuProfileNode[];
  /** Microseconds of a monotonic clock. */
  startTime: number;
  endTime: number;
  /** Node ids, one per sample. */
  samples?: number[];
  /** Microseconds from the sample before; the first one from startTime. May be negative by a little. */
  timeDeltas?: number[];
}

export interface CpuProfileOptions {
  /** When it began, milliseconds since 1970. */
  startedAtMs: number;
  intervalMicros: number;
  comments?: string[];
}

export function fromCpuProfile(cpu: CpuProfile, options: CpuProfileOptions): Profile {
  const weights = nodeWeights(cpu);
  const idle = cpu.nodes.find(n => isIdleFrame(n.callFrame.functionName, n.callFrame.url));
  const idleNanos = idle === undefined ? 0 : (weights.get(idle.id)?.nanos ?? 0);
  const durationNanos = (cpu.endTime - cpu.startTime) * 1000;
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'wall', unit: 'nanoseconds' },
    ],
    defaultSampleType: 'wall',
    periodType: { type: 'wall', unit: 'nanoseconds' },
    period: options.intervalMicros * 1000,
    timeNanos: BigInt(Math.round(options.startedAtMs)) * 1_000_000n,
    durationNanos,
    comments: [idleComment(idleNanos, durationNanos), ...(options.comments ?? [])],
  });
  const parents = parentsOf(cpu.nodes);
  const locations = new Int32Array(cpu.nodes.length).fill(-1);
  for (const [n, node] of cpu.nodes.entries()) {
    const weight = weights.get(node.id);
    if (weight === undefined || node === idle || isProfilerFrame(node.callFrame.functionName, node.callFrame.url))
      continue;
    const callers: number[] = [];
    // Without V8's (root); a cycle ends too.
    let caller = parents[n] ?? -1;
    while (caller >= 0 && (parents[caller] ?? -1) >= 0 && callers.length < parents.length) {
      let location = locations[caller] ?? -1;
      if (location < 0) {
        location = definitionLocation(builder, cpu.nodes[caller]?.callFrame ?? node.callFrame);
        locations[caller] = location;
      }
      callers.push(location);
      caller = parents[caller] ?? -1;
    }
    addLeafSamples(builder, node, weight, callers);
  }
  return builder.build();
}

/** DevTools' own `profile` and `profileEnd`, by which a window is opened and closed: their time is the profiler's, not the app's. */
export function isProfilerFrame(functionName: string, url: string): boolean {
  return (
    url === '' && (functionName === 'profile' || functionName === 'profileEnd' || functionName === turnFunctionName)
  );
}

export function isIdleFrame(functionName: string, url: string): boolean {
  return functionName === '(idle)' && url === '';
}

export function idleComment(idleNanos: number, durationNanos: number): string {
  return `idle: ${seconds(idleNanos)} of ${seconds(durationNanos)} s waiting for events, not in the samples`;
}

interface Weight {
  hits: number;
  nanos: number;
}

function nodeWeights(cpu: CpuProfile): Map<number, Weight> {
  const samples = cpu.samples ?? [];
  const deltas = cpu.timeDeltas ?? [];
  const weights = new Map<number, Weight>();
  let time = cpu.startTime;
  for (const [i, id] of samples.entries()) {
    time += deltas[i] ?? 0;
    const until = i + 1 < samples.length ? time + (deltas[i + 1] ?? 0) : Math.max(time, cpu.endTime);
    const weight = weights.get(id) ?? { hits: 0, nanos: 0 };
    weight.hits++;
    weight.nanos += Math.max(0, until - time) * 1000;
    weights.set(id, weight);
  }
  return weights;
}

/** By place in `nodes`, that of the parent; −1 for a root. */
function parentsOf(nodes: CpuProfileNode[]): Int32Array {
  const places = new Map(nodes.map((node, n) => [node.id, n]));
  const parents = new Int32Array(nodes.length).fill(-1);
  for (const [n, { children = [] }] of nodes.entries()) {
    for (const child of children) {
      const place = places.get(child);
      if (place !== undefined) parents[place] = n;
    }
  }
  return parents;
}

function definitionLocation(builder: ProfileBuilder, frame: CallFrame): number {
  const functionId = frameFunctionId(builder, frame);
  return builder.locationId([{ functionId, line: frame.lineNumber + 1, column: frame.columnNumber + 1 }]);
}

/** One sample per hot line of the leaf; hits and time are shared out by ticks, and nothing is lost in rounding. */
function addLeafSamples(builder: ProfileBuilder, node: CpuProfileNode, weight: Weight, callers: number[]): void {
  const ticks = (node.positionTicks ?? []).filter(t => t.line > 0 && t.ticks > 0);
  const all = ticks.reduce((sum, t) => sum + t.ticks, 0);
  if (all === 0) {
    builder.addSample(
      [definitionLocation(builder, node.callFrame), ...callers],
      [weight.hits, Math.round(weight.nanos)],
    );
    return;
  }
  const functionId = frameFunctionId(builder, node.callFrame);
  let shared = 0;
  let hitsLeft = weight.hits;
  let nanosLeft = Math.round(weight.nanos);
  for (const { line, ticks: count } of ticks) {
    const rest = all - shared;
    const hits = Math.round((hitsLeft * count) / rest);
    const nanos = Math.round((nanosLeft * count) / rest);
    shared += count;
    hitsLeft -= hits;
    nanosLeft -= nanos;
    builder.addSample(
      [builder.locationId([{ functionId, line, column: tickColumn(node.callFrame, line) }]), ...callers],
      [hits, nanos],
    );
  }
}

function seconds(nanos: number): string {
  return (nanos / 1e9).toFixed(2);
}

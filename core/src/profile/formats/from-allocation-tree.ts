/**
 * V8's tree of sampled allocations, as `@datadog/pprof` writes it to a file for the process that it starts when the heap limit is near
 * (bindings/profilers/heap.cc there, dumpAllocationProfileAsJSON), and as its `v8Profile()` returns it → Profile. Sizes and counts are
 * V8's estimates of the whole heap; lines and columns count from 1, 0 when unknown (v8-profiler.h, AllocationProfile::Node).
 */

import { ProfileBuilder } from '../builder.js';
import type { Profile } from '../model.js';
import { fileOfUrl } from '../v8-frame.js';

export interface AllocationNode {
  name: string;
  scriptName: string;
  lineNumber: number;
  columnNumber: number;
  children: AllocationNode[];
  allocations: { sizeBytes: number; count: number }[];
}

interface Pending {
  node: AllocationNode;
  location: number;
  caller: Pending | undefined;
}

/** The root itself is no function, but may hold what was allocated by none. */
export function fromAllocationTree(root: AllocationNode): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'inuse_objects', unit: 'count' },
      { type: 'inuse_space', unit: 'bytes' },
    ],
    defaultSampleType: 'inuse_space',
    periodType: { type: 'space', unit: 'bytes' },
    period: 0,
    timeNanos: 0n,
    durationNanos: 0,
    comments: ['V8’s sampled allocations that were alive, by an export near the heap limit'],
  });
  addSample(builder, root, undefined);
  const pending = root.children.map(node => enter(builder, node, undefined));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    addSample(builder, next.node, next);
    for (const child of next.node.children) pending.push(enter(builder, child, next));
  }
  return builder.build();
}

function enter(builder: ProfileBuilder, node: AllocationNode, caller: Pending | undefined): Pending {
  const { name, scriptName, lineNumber, columnNumber } = node;
  const functionId = builder.functionId(name || '(anonymous)', fileOfUrl(scriptName), lineNumber);
  return { node, location: builder.locationId([{ functionId, line: lineNumber, column: columnNumber }]), caller };
}

function addSample(builder: ProfileBuilder, { allocations }: AllocationNode, at: Pending | undefined): void {
  const objects = allocations.reduce((sum, { count }) => sum + count, 0);
  if (objects === 0) return;
  const stack: number[] = [];
  for (let frame = at; frame !== undefined; frame = frame.caller) stack.push(frame.location);
  builder.addSample(stack, [objects, allocations.reduce((sum, { count, sizeBytes }) => sum + count * sizeBytes, 0)]);
}

/** Its writer does not escape names, so that a quote in one would end it: they are found by what stands around them. */
export function parseAllocationTree(text: string): AllocationNode {
  const [begin, middle, end] = ['{"name":"', '","scriptName":"', '","scriptId":'] as const;
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const beginsAt = text.indexOf(begin, at);
    const middleAt = beginsAt < 0 ? -1 : text.indexOf(middle, beginsAt + begin.length);
    const endsAt = middleAt < 0 ? -1 : text.indexOf(end, middleAt + middle.length);
    if (endsAt < 0) break;
    const name = JSON.stringify(text.slice(beginsAt + begin.length, middleAt));
    const script = JSON.stringify(text.slice(middleAt + middle.length, endsAt));
    parts.push(text.slice(at, beginsAt), `{"name":${name},"scriptName":${script},"scriptId":`);
    at = endsAt + end.length;
  }
  return JSON.parse(parts.join('') + text.slice(at)) as AllocationNode;
}

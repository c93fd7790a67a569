/** Stacks that were counted, one by one or in groups → Profile, as Go's goroutine, threadcreate and custom profiles are. */

import { ProfileBuilder } from '../builder.js';
import type { Profile } from '../model.js';
import { frameFunctionId } from '../v8-frame.js';

/** Lines and columns are 1-based, 0 when unknown. */
export interface CountedFrame {
  function: string;
  url: string;
  line: number;
  column: number;
}

export interface CountedStack {
  /** Innermost first. */
  frames: readonly CountedFrame[];
  /** One per sample type. */
  values: readonly number[];
}

export interface StacksOptions {
  /** The names of what is counted; the last one is shown first. */
  types: readonly string[];
  timeMs: number;
  comments?: string[];
}

export function fromStacks(stacks: Iterable<CountedStack>, { types, timeMs, comments }: StacksOptions): Profile {
  const last = types.at(-1) ?? '';
  const builder = new ProfileBuilder({
    sampleTypes: types.map(type => ({ type, unit: 'count' })),
    defaultSampleType: last,
    periodType: { type: last, unit: 'count' },
    period: 1,
    timeNanos: BigInt(Math.round(timeMs)) * 1_000_000n,
    durationNanos: 0,
    comments: comments ?? [],
  });
  for (const { frames, values } of stacks) {
    const stack = frames.map(frame => builder.locationId([{ functionId: functionOf(builder, frame), ...at(frame) }]));
    builder.addSample(stack, values);
  }
  return builder.build();
}

/** Where the function begins is not known, only where it is. */
function functionOf(builder: ProfileBuilder, { function: functionName, url }: CountedFrame): number {
  return frameFunctionId(builder, { functionName, url, lineNumber: -1, columnNumber: -1 });
}

function at({ line, column }: CountedFrame): { line: number; column: number } {
  return { line, column };
}

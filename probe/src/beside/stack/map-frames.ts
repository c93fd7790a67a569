/** Stacks in terms of the sources that the scripts were made of, where there are source maps. */

import type { StackFrame, StackThread } from '@nops/core/protocol/results';
import { SourceMaps } from '../source-maps.js';

/** The same threads with mapped frames. */
export function mapThreads(pid: number, threads: readonly StackThread[]): StackThread[] {
  const maps = new SourceMaps(pid);
  return threads.map(thread => ({ ...thread, frames: thread.frames.map(frame => mapFrame(maps, frame)) }));
}

function mapFrame(maps: SourceMaps, frame: StackFrame): StackFrame {
  const { url, line, column } = frame;
  if (frame.kind !== 'js' || url.startsWith('node:')) return frame;
  const original = maps.original({ url, line, column });
  return original === undefined ? frame : { ...frame, ...original, generated: { url, line, column } };
}

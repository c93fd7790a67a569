/** One look at the JavaScript stack of one thread, without pausing it. */

import { findMapping } from '../mappings.js';
import { BadRead } from '../target-memory.js';
import type { V8Process } from '../v8/process.js';
import type { RawFrame } from './frames.js';
import { findInnermost } from './innermost.js';
import { isMisread } from './misread.js';
import { nativeFrames } from './native.js';
import { StackCopy } from './stack-copy.js';
import { innermostEntry, readTop, type StackTop } from './stack-top.js';
import type { Clock, ClockReading } from './thread-clock.js';
import { walk } from './walk.js';

export interface Sample {
  /** `exact`: the thread did not run meanwhile; `callers`: it runs, and the innermost frame may be a moment old; `none`: not read. */
  accuracy: 'exact' | 'callers' | 'none';
  /** Innermost first. */
  frames: RawFrame[];
  /** Of the clock, when it was blocked. */
  stamp: string;
  /** Why there are no frames. */
  problem?: string;
}

/** What lies above the outermost entry frame and is read with it: the frame's own words. */
const aboveEntry = 0x20;
/** The first part of a running thread's stack that is read. Most stacks are smaller; deeper ones are read again. */
const shallowBytes = 12_288;
const deepestBytes = 16 << 20;
const minFrameBytes = 512;

/** Looks once. `last`: the sample before, given again when the thread has not run since; `native`: C++ frames too. */
export function sampleThread(
  v8: V8Process,
  clock: Clock,
  isolate: number,
  options: { last?: Sample | undefined; native?: boolean } = {},
): Sample {
  const { last, native = false } = options;
  const before = clock.read();
  if (before.isRunning) return sampleRunning(v8, isolate);
  if (last?.accuracy === 'exact' && last.stamp === before.stamp) return last;
  const sample = attempt(() => decode(v8, capture(v8, isolate, before), native));
  const after = clock.read();
  if (after.stamp !== before.stamp) return { ...sample, accuracy: sample.accuracy === 'none' ? 'none' : 'callers' };
  return { ...sample, stamp: before.stamp };
}

/** A thread that does not run, as it was at one moment: read quickly, to be made sense of later. */
export interface Capture {
  reading: ClockReading;
  top: StackTop;
  /** undefined: no JavaScript is on its stack. */
  stack: StackCopy | undefined;
}

export function capture(v8: V8Process, isolate: number, reading: ClockReading): Capture {
  const top = readTop(v8, isolate);
  if (top.jsEntrySp === 0) return { reading, top, stack: undefined };
  const { stackPointer } = reading;
  return {
    reading,
    top,
    stack: new StackCopy(v8.memory, stackPointer - (stackPointer % 8), top.jsEntrySp + aboveEntry),
  };
}

/** The frames of a capture: from C++ JavaScript was left at c_entry_fp, in JavaScript itself the kernel tells where it is. Throws `BadRead`. */
export function decode(v8: V8Process, { reading, top, stack }: Capture, native = false): Sample {
  if (stack === undefined) return { accuracy: 'exact', frames: [], stamp: '' };
  const { stackPointer, programCounter } = reading;
  if (top.cEntryFp !== 0) {
    const inner = native ? nativeFrames(v8, stack, top.cEntryFp, programCounter) : [];
    return { accuracy: 'exact', frames: [...inner, ...walk(v8, stack, top, top.cEntryFp, 0, native)], stamp: '' };
  }
  const frames = findInnermost(v8, stack, stackPointer, programCounter, top);
  if (frames === undefined) throw new BadRead('no frame fits the program counter');
  return { accuracy: 'exact', frames, stamp: '' };
}

/**
 * The thread runs: nobody tells its registers, and the stack changes while it is read. From C++ the walk starts where JavaScript was left;
 * in JavaScript it starts from the innermost entry and goes inwards as long as the words make sense.
 */
function sampleRunning(v8: V8Process, isolate: number, depth = shallowBytes): Sample {
  return attempt(() => {
    const top = readTop(v8, isolate);
    if (top.jsEntrySp === 0) return { accuracy: 'exact', frames: [], stamp: '' };
    const stack = copyBelow(v8, top, depth);
    const next = 4 * depth;
    if (top.cEntryFp !== 0) {
      if (top.cEntryFp > top.jsEntrySp) throw new BadRead('entries in the wrong order');
      if (top.cEntryFp - 64 < stack.start && next <= deepestBytes) return sampleRunning(v8, isolate, next);
      return { accuracy: 'callers', frames: walk(v8, stack, top, top.cEntryFp, 0), stamp: '' };
    }
    if (top.handler !== 0 && top.handler < stack.start && next <= deepestBytes) return sampleRunning(v8, isolate, next);
    const entry = innermostEntry(v8, stack, top);
    if (readTop(v8, isolate).handler !== top.handler) throw new BadRead('it entered or left JavaScript meanwhile');
    const chain = chainInwards(v8, stack, top, entry);
    const innermost = chain.at(-1);
    if (innermost !== undefined && innermost < stack.start + minFrameBytes && next <= deepestBytes) {
      return sampleRunning(v8, isolate, next);
    }
    // An entry that was only just made has its callers at least.
    const from = entry === top.jsEntrySp ? chain : [entry, ...chain];
    return { accuracy: 'callers', frames: walkFirst(v8, stack, top, from), stamp: '' };
  });
}

function copyBelow(v8: V8Process, top: StackTop, depth: number): StackCopy {
  const mapping = findMapping(v8.mappings, top.jsEntrySp);
  const lowest = mapping?.start ?? 0;
  return new StackCopy(v8.memory, Math.max(lowest, top.jsEntrySp - depth), top.jsEntrySp + aboveEntry);
}

/** Frame pointers from an entry inwards: each is where the one before is saved, with a return address behind it. */
function chainInwards(v8: V8Process, stack: StackCopy, top: StackTop, entry: number): number[] {
  const savedAt = new Map<number, number[]>();
  for (let address = stack.start; address + 16 <= top.jsEntrySp; address += 8) {
    const saved = stack.word(address);
    if (saved <= address || saved > top.jsEntrySp || saved % 8 !== 0) continue;
    if (findMapping(v8.mappings, stack.word(address + 8))?.mode[2] !== 'x') continue;
    const places = savedAt.get(saved);
    if (places === undefined) savedAt.set(saved, [address]);
    else places.push(address);
  }
  const chain: number[] = [];
  for (let current = entry; ; ) {
    // The highest is the nearest; lower ones are left over from frames that are gone, and so is whatever went to C++.
    const next = savedAt.get(current)?.findLast(address => isFrame(stack, address));
    if (next === undefined || isExit(v8, stack, next)) return chain;
    chain.push(next);
    current = next;
  }
}

/** JavaScript runs, so every frame that it called C++ from has been left. */
function isExit(v8: V8Process, stack: StackCopy, fp: number): boolean {
  const [low] = stack.halves(fp - 8);
  return low % 2 === 0 && (v8.heap.layout.frame.types.get(low >>> 1)?.endsWith('Exit') ?? false);
}

function isFrame(stack: StackCopy, address: number): boolean {
  if (!stack.has(address - 8)) return false;
  const [low, high] = stack.halves(address - 8);
  return low % 2 === 1 || (high === 0 && low < 128);
}

/** The walk from the innermost frame of the chain that makes sense. */
function walkFirst(v8: V8Process, stack: StackCopy, top: StackTop, chain: number[]): RawFrame[] {
  for (const fp of chain.toReversed()) {
    try {
      return walk(v8, stack, top, fp, 0);
    } catch (error) {
      if (!isMisread(error)) throw error;
    }
  }
  throw new BadRead('no frame could be read');
}

export function attempt(look: () => Sample): Sample {
  try {
    return look();
  } catch (error) {
    if (!isMisread(error)) throw error;
    return { accuracy: 'none', frames: [], stamp: '', problem: (error as Error).message };
  }
}

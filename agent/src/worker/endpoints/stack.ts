/**
 * `/debug/nops/stack`: every thread, and the JavaScript stack of each that has one. Read from the process's own memory, which also
 * works while a thread is stuck; the main thread is asked as well, for what is pending and, where it runs, for a stack that is exact.
 */

import type { StackResult, StackThread } from '@nops/core/protocol/results';
import { mapThreads } from '@nops/probe/beside/stack/map-frames';
import { type ReadStacks, readStacks } from '@nops/probe/beside/stack/read-stacks';
import type { MainStack } from '../../messages/shared.js';
import type { Context, Handler } from '../context.js';
import { describeStuck } from '../main-thread/stuck.js';

/** A busy main thread answers within a few milliseconds; one in a long native call may never. */
const deadlineMs = 500;

export const stack: Handler = async (_asked, context) => {
  const read = await readOwn(); // before the main thread is asked: asking wakes it
  const main = await mainStack(context);
  const usesMain = main !== undefined && read.threads.some(thread => thread.role === 'main' && !isSure(thread));
  const result: StackResult = {
    schema: 'nops.stack/1',
    pid: process.pid,
    way: 'agent',
    notes: [...read.notes, ...notes(read, main, context)],
    node: process.versions.node,
    v8: process.versions.v8,
    pausedMicros: usesMain ? Math.ceil(main.pausedMicros) : 0,
    threads: mapThreads(
      process.pid,
      read.threads.map(thread =>
        usesMain && thread.role === 'main' ? { ...thread, accuracy: 'exact', frames: main.frames } : thread,
      ),
    ),
    pending: main === undefined ? null : { handles: main.handles, requests: main.requests },
  };
  return { type: 'json', value: result };
};

function isSure(thread: StackThread): boolean {
  return thread.accuracy === 'exact';
}

async function readOwn(): Promise<ReadStacks> {
  if (process.platform === 'linux') return readStacks(process.pid);
  const main: StackThread = {
    tid: process.pid,
    name: 'node',
    role: 'main',
    state: 'unknown',
    accuracy: 'none',
    frames: [],
  };
  return { threads: [main], v8: null, stoppedMicros: 0, notes: [], refusal: undefined };
}

async function mainStack(context: Context): Promise<MainStack | undefined> {
  try {
    return await context.main.call('stack', null, deadlineMs);
  } catch {
    return undefined;
  }
}

function notes({ threads, refusal }: ReadStacks, main: MainStack | undefined, context: Context): string[] {
  const frames = threads.find(thread => thread.role === 'main')?.frames ?? [];
  if (main === undefined) {
    const missing = frames.length > 0 ? 'no handles or requests' : 'no JavaScript stack, handles or requests';
    const stuck = `${missing}: no answer within ${deadlineMs} ms, ${describeStuck(context)}`;
    return refusal === undefined ? [stuck] : [stuck, refusal.message];
  }
  return frames.length > 0 || main.frames.length > 0
    ? []
    : ['no JavaScript was on the main thread’s stack at that moment: it waits for events'];
}

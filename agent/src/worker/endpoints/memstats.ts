/** `/debug/nops/memstats`: V8's heap from the main thread, and the kernel's figures from /proc/self whatever that thread does. */

import { NopsError } from '@nops/core/protocol/errors';
import type { MemstatsResult, V8Heap } from '@nops/core/protocol/memory-results';
import { readMemory } from '@nops/probe/beside/memory';
import type { Context, Handler } from '../context.js';
import { describeStuck } from '../main-thread/stuck.js';

const deadlineMs = 1000;

export const memstats: Handler = async (_asked, context) => {
  const notes: string[] = [];
  const heap = await readHeap(context, notes);
  const result: MemstatsResult = {
    schema: 'nops.memstats/1',
    pid: process.pid,
    way: 'agent',
    notes,
    heap,
    ...kernelMemory(),
  };
  return { type: 'json', value: result };
};

async function readHeap(context: Context, notes: string[]): Promise<V8Heap | null> {
  try {
    return await context.main.call('heap', null, deadlineMs);
  } catch (error) {
    if (!(error instanceof NopsError) || error.code !== 'no-answer') throw error;
    notes.push(`no figures of V8's heap: no answer within ${deadlineMs} ms, ${describeStuck(context)}`);
    return null;
  }
}

/** Where there is no /proc only the resident size is known. */
function kernelMemory(): ReturnType<typeof readMemory> {
  if (process.platform === 'linux') return readMemory(process.pid);
  const { rss } = process.memoryUsage();
  return {
    rssBytes: rss,
    pssBytes: null,
    anonymousBytes: null,
    fileBytes: null,
    swapBytes: null,
    machineBytes: null,
    cgroup: null,
  };
}

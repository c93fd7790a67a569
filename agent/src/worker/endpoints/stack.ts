/** `/debug/nops/stack`: every thread from /proc/self, and the main thread's JavaScript when it answers. */

import type { StackResult } from '@nops/core/protocol/results';
import { readThreads } from '@nops/probe/beside/threads';
import type { MainStack } from '../../messages/shared.js';
import type { Context, Handler } from '../context.js';
import { describeStuck } from '../stuck.js';

/** A busy main thread answers within a few milliseconds; one in a long native call may never. */
const deadlineMs = 500;

export const stack: Handler = async (_asked, context) => {
  const before = threads();
  const main = await mainStack(context);
  const result: StackResult = {
    schema: 'nops.stack/1',
    pid: process.pid,
    way: 'agent',
    notes: notes(main, context),
    node: process.versions.node,
    v8: process.versions.v8,
    pausedMicros: Math.ceil(main?.pausedMicros ?? 0),
    threads: before.map(thread =>
      thread.role === 'main' && main !== undefined
        ? { ...thread, accuracy: 'exact', frames: main.frames }
        : { ...thread, accuracy: 'none', frames: [] },
    ),
    pending: main === undefined ? null : { handles: main.handles, requests: main.requests },
  };
  return { type: 'json', value: result };
};

/** Read before the main thread is asked: asking wakes it. */
function threads(): ReturnType<typeof readThreads> {
  return process.platform === 'linux'
    ? readThreads(process.pid)
    : [{ tid: process.pid, name: 'node', role: 'main', state: 'unknown' }];
}

async function mainStack(context: Context): Promise<MainStack | undefined> {
  try {
    return await context.main.call('stack', null, deadlineMs);
  } catch {
    return undefined;
  }
}

function notes(main: MainStack | undefined, context: Context): string[] {
  if (main === undefined) {
    return [`no JavaScript stack, handles or requests: no answer within ${deadlineMs} ms, ${describeStuck(context)}`];
  }
  return main.frames.length > 0
    ? []
    : ['no JavaScript was on the main thread’s stack at that moment: it waits for events'];
}

/** What /proc/self tells of a main thread that does not answer. */

import { BusyError, NopsError } from '@nops/core/protocol/errors';
import type { ThreadActivity } from '@nops/core/protocol/results';
import { nap } from '@nops/probe/beside/nap';
import { readActivity } from '@nops/probe/beside/threads';
import type { Context } from '../context.js';

/** How long to look again at a thread that seems to run: a profiler's signal wakes a blocked thread for a moment, longer on a busy machine. */
const wokenMs = 50;

/** What the main thread does, from /proc; unknown where there is none. */
export function mainActivity(): ThreadActivity {
  try {
    return readActivity(process.pid, process.pid);
  } catch {
    return { state: 'unknown' };
  }
}

/** What the main thread is blocked in; `running` only if it runs at every look. */
function blockedActivity(): ThreadActivity {
  const end = performance.now() + wokenMs;
  let activity = mainActivity();
  while (activity.state === 'running' && performance.now() < end) {
    nap(2);
    activity = mainActivity();
  }
  return activity;
}

/** One sentence for the answer or error: why it has no answer and for how long. */
export function describeStuck(context: Context): string {
  const { state, syscall } = blockedActivity();
  const where =
    syscall === undefined
      ? state
      : `in ${syscall.name}${syscall.fd === undefined ? '' : ` on fd ${syscall.fd}`}${syscall.target === undefined ? '' : ` (${syscall.target.path})`}`;
  const blocked = context.main.blockedForMs();
  return `the main thread is ${where}${blocked === 0 ? '' : `, and has not come round to its event loop for ${(blocked / 1000).toFixed(1)} s or more`}`;
}

/** `error` with what is known of the main thread, when it is about that. */
export function explainNoAnswer(error: unknown, context: Context): unknown {
  if (!(error instanceof NopsError) || error.code !== 'no-answer' || error instanceof BusyError) return error;
  return new NopsError(
    'no-answer',
    `${error.message}; ${describeStuck(context)}`,
    error.next ?? 'See what it waits for: nops stack <target>',
  );
}

/** A measurement in the main thread: begun there, waited for here, ended there. */

import type { Observation, WindowKind } from '../messages/shared.js';
import type { Context } from './context.js';
import { explainNoAnswer } from './main-thread/stuck.js';
import { wait } from './wait.js';

const deadlineMs = 1000;

/** Throws `no-answer`, saying what the main thread does, when it answers neither at the begin nor at the end. */
export async function observe(
  kind: WindowKind,
  seconds: number,
  signal: AbortSignal,
  context: Context,
): Promise<Observation> {
  try {
    const id = await context.main.call('windowBegin', kind, deadlineMs);
    await wait(seconds * 1000, signal);
    return await context.main.call('windowEnd', id, deadlineMs);
  } catch (error) {
    throw explainNoAnswer(error, context);
  }
}

/** Asks several at once, and goes on without those that refuse. */

import { NopsError } from '@nops/core/protocol/errors';
import type { Context } from './context.js';

/** The answers in the order of `all`, a refusal as a value. Throws what is no refusal. */
export function askAll<One, Given extends Context, Answer>(
  all: readonly One[],
  context: Given,
  ask: (one: One, context: Given) => Promise<Answer>,
): Promise<(Answer | NopsError)[]> {
  // One progress bar for all: they measure at the same time.
  const quiet: Given = { ...context, progress: () => ({ at() {}, stop() {} }) };
  return Promise.all(all.map((one, index) => refused(() => ask(one, index === 0 ? context : quiet))));
}

async function refused<Answer>(ask: () => Promise<Answer>): Promise<Answer | NopsError> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NopsError) return error;
    throw error;
  }
}

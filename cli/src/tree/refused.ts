/** A refusal as a value: for who asks several and goes on without those that refuse. */

import { NopsError } from '@nops/core/protocol/errors';

/** Throws what is no refusal. */
export async function refused<Result>(ask: () => Promise<Result>): Promise<Result | NopsError> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NopsError) return error;
    throw error;
  }
}

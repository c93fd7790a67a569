/** Memory that changes while it is read. */

import { BadRead } from '../target-memory.js';

/** Memory that changed under us shows as words that make no sense, or as offsets outside of what was read. */
export function isMisread(error: unknown): boolean {
  return error instanceof BadRead || error instanceof RangeError;
}

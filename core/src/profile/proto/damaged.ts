/** What every reader of a profile's bytes throws. */

import { NopsError } from '../../protocol/errors.js';

export function damaged(why: string): NopsError {
  return new NopsError('usage', `this is not a readable pprof profile: ${why}`);
}

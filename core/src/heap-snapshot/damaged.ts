/** What the reader of a snapshot throws. */

import { NopsError } from '../protocol/errors.js';

export function damaged(why: string): NopsError {
  return new NopsError('usage', `this heap snapshot is damaged: ${why}`, 'Copy it again, or take another one.');
}

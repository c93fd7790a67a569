/** Answers about profiles that are being taken. */

import type { Result } from './results.js';

/** A profile that was ended early. */
export interface StopProfileResult extends Result<'stopProfile'> {
  id: string;
}

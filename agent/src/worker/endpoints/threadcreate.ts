/** `/debug/pprof/threadcreate`: worker threads by the stack that created them: those that live, and all since the agent started. */

import { threadProfileName } from '../../messages/shared.js';
import type { Handler } from '../context.js';
import { countedProfile } from '../profiles/counted.js';

export const threadcreate: Handler = (asked, context) =>
  countedProfile(threadProfileName, asked, context, ['worker threads created since the agent started']);

/** `/debug/pprof/<name>`: a profile that the app keeps by `createProfile(name)`. */

import type { Handler } from '../context.js';
import { countedProfile } from '../profiles/counted.js';

export const custom: Handler = (asked, context) =>
  countedProfile(asked.path.slice(asked.path.lastIndexOf('/') + 1), asked, context, []);

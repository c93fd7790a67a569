/** How a command opens an inspector: what the user allowed, and how they are told. */

import type { OpenOptions } from '@nops/probe/through/open-inspector';
import type { Context } from '../context.js';

export function inspectorOptions({ environment, tell }: Context): OpenOptions {
  return { sharedHost: environment.sharedHost, tell, folder: environment.folder };
}

/** What a command may use of the world, besides its target. */

import type { Environment } from './env.js';
import type { Progress } from './output/progress.js';

export interface Context {
  environment: Environment;
  /** For agents that listen on TCP: `--token`, else NOPS_TOKEN. */
  token: string | undefined;
  /** Aborted by Ctrl-C and SIGTERM: everything that waits must take it. */
  signal: AbortSignal;
  /** Shows that a wait of known length goes on; to be stopped by who started it. */
  progress(label: string, totalMs: number): Progress;
}

/** `@nops/agent`: makes the process that loads it answer `nops` and pprof. */

export { tunable } from './main/registered.js';
export { start } from './main/start.js';
export type { AppTunable } from './main/tunables.js';
export type { Agent, StartOptions } from './options.js';

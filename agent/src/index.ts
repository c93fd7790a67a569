/** `@nops/agent`: makes the process that loads it answer `nops` and pprof. */

export { withLabels } from './main/labels.js';
export type { CustomProfile } from './main/profiles.js';
export { createProfile, lookup } from './main/profiles.js';
export { tunable } from './main/registered.js';
export { start } from './main/start.js';
export { log, region, task } from './main/trace/annotations.js';
export type { AppTunable } from './main/tunables.js';
export type { Agent, StartOptions } from './options.js';

/** The result of `nops run`, and what it asks of the processes that it starts. Rules as in results.ts. */

import type { Result } from './results.js';

export interface RunResult {
  schema: 'nops.run/1';
  command: string[];
  /** How the command ended: one of the two is null. */
  exitCode: number | null;
  signal: string | null;
  /** One for each process and kind. */
  profiles: RunProfile[];
  notes: string[];
}

export interface RunProfile {
  pid: number;
  kind: 'cpu' | 'heap' | 'trace' | 'clinic';
  file: string;
  /** Whether it is whole; false when the process was killed, or still runs: then the last seconds are missing. */
  complete: boolean;
}

export interface EndRunResult extends Result<'endRun'> {
  signal: 'SIGINT' | 'SIGTERM';
}

/** The result of `nops run`. Rules as in results.ts. */

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
  kind: 'cpu' | 'heap' | 'clinic';
  file: string;
  /** From the start of the process to its end; false when it was killed, or still runs: then the last seconds are missing. */
  complete: boolean;
}

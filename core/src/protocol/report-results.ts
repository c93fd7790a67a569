/** What `nops report` tells. */

export interface ReportResult {
  schema: 'nops.report/1';
  notes: string[];
  threads: ReportThread[];
  /** The summary as it is printed. */
  text: string;
}

export interface ReportThread {
  name: string;
  samples: number;
  busyMs: number;
  idleMs: number;
  /** The largest first; lines count from 1, 0 when unknown. */
  top: { function: string; url: string; line: number; selfMs: number }[];
}

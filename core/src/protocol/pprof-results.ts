/** What `nops pprof` tells. Values are in the profile's own unit, `sampleUnit`; they are shown in `unit`. */

import type { ReportName } from '../profile/report/config.js';

export interface PprofResult {
  schema: 'nops.pprof/1';
  report: ReportName;
  notes: string[];
  /** What stands above the report: file, type, time, duration, filters. */
  labels: string[];
  sampleType: string;
  sampleUnit: string;
  unit: string;
  /** Values are divided by it when they are shown. */
  divideBy: number;
  /** What percentages are of. */
  total: number;
  /** Of top, csv and markdown. */
  rows?: PprofRow[];
  /** Of tree and peek. */
  nodes?: PprofNode[];
  traces?: PprofTrace[];
  tags?: PprofTag[];
  routines?: PprofRoutine[];
  /** Of reports that are one text: comments, raw, dot, collapsed. */
  text?: string;
  /** Where it was written to. */
  file?: string;
}

export interface PprofRow {
  name: string;
  /** Whether calls of it were inlined into their callers. */
  inline: 'no' | 'partial' | 'all';
  flat: number;
  cum: number;
}

export interface PprofNode extends PprofRow {
  /** The heaviest first. */
  callers: PprofCall[];
  callees: PprofCall[];
}

export interface PprofCall {
  name: string;
  weight: number;
  inline: boolean;
}

export interface PprofTrace {
  value: number;
  /** Each as it is shown. */
  labels: { key: string; values: string[] }[];
  /** Innermost first. */
  stack: { name: string; inline: boolean }[];
}

export interface PprofTag {
  key: string;
  total: number;
  /** The largest first. */
  values: { name: string; value: number }[];
}

/** A function with its source. */
export interface PprofRoutine {
  name: string;
  file: string;
  flat: number;
  cum: number;
  lines: { line: number; flat: number; cum: number; source: string }[];
  /** Why there is no source. */
  error?: string;
}

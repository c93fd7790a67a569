/** What `nops pprof` and `nops diff` tell. Values are in the profile's own unit, `sampleUnit`; they are shown in `unit`. */

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
  /** The compiled file that ran, and the one with its source map, which led to `file`. */
  mapped?: { file: string; map: string };
  /** Why there is no source. */
  error?: string;
}

export interface DiffResult {
  schema: 'nops.diff/1';
  notes: string[];
  sampleType: string;
  sampleUnit: string;
  before: DiffSide;
  after: DiffSide;
  /** The largest change of cum first. */
  rows: DiffRow[];
  /** What crossed the threshold of `--fail-if`; null without it. */
  failed: string[] | null;
}

export interface DiffSide {
  name: string;
  total: number;
  /** Samples behind it, which say how far shares can be trusted; null when the profile does not tell. */
  samples: number | null;
}

export interface DiffCost {
  flat: number;
  cum: number;
}

export interface DiffRow {
  function: string;
  before: DiffCost;
  after: DiffCost;
  /** By how many percentage points its share of the total grew. */
  flatPoints: number;
  cumPoints: number;
  /** 0 to 1: how sure it is that this is no accident of sampling; null when nobody counted samples. */
  flatConfidence: number | null;
  cumConfidence: number | null;
}

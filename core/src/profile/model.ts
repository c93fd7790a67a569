/**
 * A profile in memory, as columns: one typed array per field instead of one object per sample, so that big profiles stay small and
 * quick to scan. The meaning of every field is pprof's (github.com/google/pprof/blob/main/proto/profile.proto).
 *
 *   sample i      stackStarts[i] .. stackStarts[i+1]      → indexes into `stacks`: location numbers, leaf first
 *                 values[i * types + t]                   → its value of sample type t
 *   location l    lineStarts[l] .. lineStarts[l+1]        → its lines: more than one when calls were inlined, innermost first
 *   line k        lineFunctions[k], lines[k], columns[k]  → function number; 1-based line and column, 0 when unknown
 *   function f    functionNames[f], functionFiles[f], functionStartLines[f]
 *
 * Values are doubles: exact up to 2^53, which is 104 days of nanoseconds.
 */

export interface ValueType {
  type: string;
  unit: string;
}

export interface Profile {
  sampleTypes: ValueType[];
  /** The sample type that readers show first; empty: the last one. */
  defaultSampleType: string;
  periodType: ValueType;
  period: number;
  /** When the measurement began, in nanoseconds since 1970. */
  timeNanos: bigint;
  durationNanos: number;
  comments: string[];

  stackStarts: Uint32Array;
  stacks: Uint32Array;
  values: Float64Array;

  lineStarts: Uint32Array;
  lineFunctions: Uint32Array;
  lines: Int32Array;
  columns: Int32Array;

  functionNames: string[];
  functionFiles: string[];
  functionStartLines: Int32Array;
}

export function sampleCount(profile: Profile): number {
  return profile.stackStarts.length - 1;
}

/** The number of the sample type that readers show first. */
export function defaultTypeIndex(profile: Profile): number {
  const named = profile.sampleTypes.findIndex(t => t.type === profile.defaultSampleType);
  return named >= 0 ? named : profile.sampleTypes.length - 1;
}

/**
 * A profile in memory, as columns: one typed array per field instead of one object per sample, so that big profiles stay small and
 * quick to scan. The meaning of every field is pprof's (github.com/google/pprof/blob/main/proto/profile.proto).
 *
 *   sample i      stackStarts[i] .. stackStarts[i+1]      → indexes into `stacks`: location numbers, leaf first
 *                 values[i * types + t]                   → its value of sample type t
 *                 labelStarts[i] .. labelStarts[i+1]      → indexes into `labelIds`: numbers into `labels`, each different one stored once
 *   location l    lineStarts[l] .. lineStarts[l+1]        → its lines: more than one when calls were inlined, innermost first
 *                 addresses[l], locationMappings[l]       → machine address, 0 when unknown; number of its mapping plus 1, 0 for none
 *   line k        lineFunctions[k], lines[k], columns[k]  → function number; 1-based line and column, 0 when unknown
 *   function f    functionNames[f], functionFiles[f], functionStartLines[f], functionSystemNames[f] (the mangled name)
 *
 * A profile is never changed: what filters or merges makes a new one, which may share columns with the old one.
 */

export interface ValueType {
  type: string;
  unit: string;
}

/** What a sample is labelled with: a text, or a number with its unit ('' when none is told). */
export type Label =
  | { readonly key: string; readonly text: string }
  | { readonly key: string; readonly number: bigint; readonly unit: string };

/** A part of the address space that a file was loaded into; addresses are unsigned 64-bit numbers. */
export interface Mapping {
  readonly start: bigint;
  readonly limit: bigint;
  readonly offset: bigint;
  readonly file: string;
  readonly buildId: string;
  readonly hasFunctions: boolean;
  readonly hasFilenames: boolean;
  readonly hasLineNumbers: boolean;
  readonly hasInlineFrames: boolean;
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
  /** Regular expressions of functions that readers leave out, and of those that they keep all the same; '' for none. */
  dropFrames: string;
  keepFrames: string;
  docUrl: string;

  stackStarts: Uint32Array;
  stacks: Uint32Array;
  values: Float64Array;
  /** The same as `values`; there only when one of them is no safe integer, so that a double can't tell it. */
  exactValues: BigInt64Array | undefined;
  labelStarts: Uint32Array;
  labelIds: Uint32Array;
  labels: Label[];

  lineStarts: Uint32Array;
  lineFunctions: Uint32Array;
  lines: Int32Array;
  columns: Int32Array;
  addresses: BigUint64Array;
  locationMappings: Uint32Array;
  /** 1: calls of several symbols may be folded into the location. */
  folded: Uint8Array;

  functionNames: string[];
  functionSystemNames: string[];
  functionFiles: string[];
  functionStartLines: Int32Array;

  /** The first one is the program itself. */
  mappings: Mapping[];
}

export function sampleCount(profile: Profile): number {
  return profile.stackStarts.length - 1;
}

export function locationCount(profile: Profile): number {
  return profile.lineStarts.length - 1;
}

/** The number of the sample type that readers show first. */
export function defaultTypeIndex(profile: Profile): number {
  const named = profile.sampleTypes.findIndex(t => t.type === profile.defaultSampleType);
  return named >= 0 ? named : profile.sampleTypes.length - 1;
}

/** The labels of sample `i`, in the file's order. */
export function labelsOf(profile: Profile, i: number): Label[] {
  return Array.from(profile.labelIds.subarray(profile.labelStarts[i], profile.labelStarts[i + 1]), id => {
    const label = profile.labels[id];
    if (label === undefined) throw new Error(`no label ${id}`);
    return label;
  });
}

/** Equal labels have equal keys. */
export function labelKey(label: Label): string {
  return 'text' in label
    ? `t${JSON.stringify([label.key, label.text])}`
    : `n${JSON.stringify([label.key, String(label.number), label.unit])}`;
}

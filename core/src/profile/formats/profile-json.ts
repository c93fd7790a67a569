/** A whole profile as JSON for scripts: `nops.profile/1`. Everything of a profile but machine addresses and mappings; 64-bit numbers are texts. */

import type { ValueType } from '../model.js';

export interface ProfileJson {
  schema: 'nops.profile/1';
  sampleTypes: ValueType[];
  /** '' for the last one. */
  defaultSampleType: string;
  periodType: ValueType;
  period: number;
  /** Nanoseconds since 1970, as a text. */
  timeNanos: string;
  durationNanos: number;
  comments: string[];
  /** Line and column count from 1; 0 when unknown. */
  frames: { function: string; file: string; startLine: number; line: number; column: number }[];
  samples: {
    /** Numbers of frames, the innermost first. */
    stack: number[];
    /** One for each sample type. */
    values: number[];
    labels: ({ key: string; text: string } | { key: string; number: string; unit: string })[];
  }[];
}

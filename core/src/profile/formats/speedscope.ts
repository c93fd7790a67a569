/** What speedscope's file format and pprof have in common (speedscope.app/file-format-schema.json), and the units of the one in the other. */

export interface SpeedscopeFrame {
  name: string;
  file?: string;
  line?: number;
  col?: number;
}

export interface SpeedscopeProfile {
  type: 'sampled';
  name: string;
  unit: 'none' | 'nanoseconds' | 'microseconds' | 'milliseconds' | 'seconds' | 'bytes';
  startValue: number;
  endValue: number;
  /** Numbers of frames, the outermost first. */
  samples: number[][];
  weights: number[];
}

export interface SpeedscopeFile {
  $schema: 'https://www.speedscope.app/file-format-schema.json';
  shared: { frames: SpeedscopeFrame[] };
  profiles: SpeedscopeProfile[];
  name?: string;
  exporter?: string;
  activeProfileIndex?: number;
}

/** Its units are also pprof's, but for counts. */
export const speedscopeUnits: readonly string[] = ['nanoseconds', 'microseconds', 'milliseconds', 'seconds', 'bytes'];

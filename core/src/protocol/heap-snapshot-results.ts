/** The result of `nops heap-snapshot`. Shapes only grow. */

import type { Result } from './results.js';

export interface HeapSnapshotResult extends Result<'heap-snapshot'> {
  /** Path of the file that was written: JSON, as DevTools load it. */
  file: string;
  bytes: number;
  /** From the request to its end: the process's main thread did nothing else, but for a wait until it came round to it. */
  pauseMs: number;
  /** What was told before it began. */
  predicted: SnapshotPrediction;
}

export interface SnapshotPrediction {
  pauseMs: number;
  /** Resident memory of the process at its highest. */
  peakBytes: number;
  fileBytes: number;
}

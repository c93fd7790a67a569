/** The segments of each task, those of its parts included, in order: one array with the place where each task's begin. */

import type { Trace } from './model.js';

export class TaskSegments {
  readonly #starts: Uint32Array;
  readonly #segments: Uint32Array;

  constructor({ segments, tasks }: Trace) {
    const starts = new Uint32Array(tasks.count + 1);
    const each = (visit: (task: number, segment: number) => void) => {
      for (let segment = 0; segment < segments.count; segment++) {
        let owner = segments.owner[segment] ?? 0;
        // Parents are older than their parts, so this ends.
        while (owner > 0) {
          visit(owner - 1, segment);
          const parent = tasks.parent[owner - 1] ?? 0;
          owner = parent < owner ? parent : 0;
        }
      }
    };
    each(task => {
      starts[task + 1] = (starts[task + 1] ?? 0) + 1;
    });
    for (let task = 0; task < tasks.count; task++) starts[task + 1] = (starts[task + 1] ?? 0) + (starts[task] ?? 0);
    const next = starts.slice();
    this.#segments = new Uint32Array(starts[tasks.count] ?? 0);
    each((task, segment) => {
      const at = next[task] ?? 0;
      this.#segments[at] = segment;
      next[task] = at + 1;
    });
    this.#starts = starts;
  }

  of(task: number): Uint32Array {
    return this.#segments.subarray(this.#starts[task], this.#starts[task + 1]);
  }
}

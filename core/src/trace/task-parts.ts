/** What belongs to each task, its parts' included, in order: one array of numbers, with the place where each task's begin. */

import type { Tasks } from './model.js';

export class TaskParts {
  readonly #starts: Uint32Array;
  readonly #numbers: Uint32Array;

  /** Of things 0 to `count`; `ownerOf` gives a thing's task plus 1, 0 for none. */
  constructor(tasks: Tasks, count: number, ownerOf: (thing: number) => number) {
    const starts = new Uint32Array(tasks.count + 1);
    const each = (thing: number, visit: (task: number) => void) => {
      let owner = ownerOf(thing);
      // Parents are older than their parts, so this ends.
      while (owner > 0) {
        visit(owner - 1);
        const parent = tasks.parent[owner - 1] ?? 0;
        owner = parent < owner ? parent : 0;
      }
    };
    for (let thing = 0; thing < count; thing++) {
      each(thing, task => {
        starts[task] = (starts[task] ?? 0) + 1;
      });
    }
    // Where each task's end; filling them from the back makes it where they begin.
    for (let task = 1; task <= tasks.count; task++) starts[task] = (starts[task] ?? 0) + (starts[task - 1] ?? 0);
    const numbers = new Uint32Array(starts[tasks.count] ?? 0);
    for (let thing = count - 1; thing >= 0; thing--) {
      each(thing, task => {
        const at = (starts[task] ?? 0) - 1;
        starts[task] = at;
        numbers[at] = thing;
      });
    }
    this.#starts = starts;
    this.#numbers = numbers;
  }

  of(task: number): Uint32Array {
    return this.#numbers.subarray(this.#starts[task], this.#starts[task + 1]);
  }
}

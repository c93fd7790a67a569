/** Sees from outside whether the main thread of a process runs JavaScript: a loop that never ends answers no message. */

import { openV8, type V8Process } from '../v8/process.js';
import { readTop } from './stack-top.js';
import { ThreadClock } from './thread-clock.js';

export class JavaScriptWatch {
  readonly #pid: number;
  readonly #v8: V8Process | undefined;
  readonly #clock: ThreadClock | undefined;

  /** Never throws: where the memory can't be read it never sees any. */
  constructor(pid: number) {
    this.#pid = pid;
    try {
      this.#v8 = openV8(pid);
      this.#clock = new ThreadClock(pid, pid);
    } catch {
      // Not Linux, or another V8: then only the event loop tells.
    }
  }

  runs(): boolean {
    const isolate = this.#v8?.isolates.get(this.#pid);
    if (this.#v8 === undefined || isolate === undefined || this.#clock?.read().isRunning !== true) return false;
    const { cEntryFp, jsEntrySp } = readTop(this.#v8, isolate);
    return jsEntrySp !== 0 && cEntryFp === 0;
  }

  close(): void {
    this.#clock?.close();
    this.#v8?.close();
  }
}

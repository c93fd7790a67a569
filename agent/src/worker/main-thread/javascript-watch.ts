/** Sees from beside whether the main thread runs JavaScript: a loop that never ends answers no message. */

import { readTop } from '@nops/probe/beside/stack/stack-top';
import { ThreadClock } from '@nops/probe/beside/stack/thread-clock';
import { openV8, type V8Process } from '@nops/probe/beside/v8/process';

export class JavaScriptWatch {
  readonly #v8: V8Process | undefined;
  readonly #clock: ThreadClock | undefined;

  constructor() {
    try {
      this.#v8 = openV8(process.pid);
      this.#clock = new ThreadClock(process.pid, process.pid);
    } catch {
      // Not Linux, or another V8: then only the event loop tells.
    }
  }

  runs(): boolean {
    const isolate = this.#v8?.isolates.get(process.pid);
    if (this.#v8 === undefined || isolate === undefined || this.#clock?.read().isRunning !== true) return false;
    const { cEntryFp, jsEntrySp } = readTop(this.#v8, isolate);
    return jsEntrySp !== 0 && cEntryFp === 0;
  }

  close(): void {
    this.#clock?.close();
    this.#v8?.close();
  }
}

/**
 * Whether the main thread has let go of our inspector session. Disconnecting only asks it to; when it does so while this thread is being
 * torn down, Node aborts the whole process (MainThreadInterface::Post on an Environment that is half gone: src/inspector/). So this
 * thread ends only when the main thread has surely done it: it did before it ran any JavaScript since, for V8 looks at such requests first.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { readTop } from '@nops/probe/beside/stack/stack-top';
import { ThreadClock } from '@nops/probe/beside/stack/thread-clock';
import { openV8, type V8Process } from '@nops/probe/beside/v8/process';
import type { MainMessage, WorkerMessage } from '../messages/shared.js';

const lookEveryMs = 100;
/** At first the event loop usually answers, and nothing has to be looked at. */
const lookSoonMs = 10;
const looksBefore = 20;
/** How often it must be seen in JavaScript: between two looks it has come by V8's checks a million times. */
const looksNeeded = 3;

export class LetGo {
  readonly #port: MessagePort;
  #unanswered = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: MainMessage) => {
      if (message === 'left') this.#unanswered--;
    });
  }

  /** To be called after each disconnecting: the main thread's event loop answers when it comes round. */
  ask(): void {
    this.#unanswered++;
    this.#port.postMessage({ type: 'leaving' } satisfies WorkerMessage);
  }

  get isDone(): boolean {
    return this.#unanswered === 0;
  }

  /** Resolves when it is done; not while the main thread is stuck in a system call. Holds this thread meanwhile. */
  async wait(): Promise<void> {
    let watch: JavaScriptWatch | undefined;
    this.#port.ref();
    try {
      for (let look = 0, seen = 0; !this.isDone && seen < looksNeeded; look++) {
        await sleep(look < looksBefore ? lookSoonMs : lookEveryMs);
        if (look < looksBefore || this.isDone) continue;
        watch ??= new JavaScriptWatch();
        if (watch.runs()) seen++;
      }
    } finally {
      watch?.close();
      this.#port.unref();
    }
  }
}

/** Sees from beside whether the main thread runs JavaScript: a loop that never ends answers no message. */
class JavaScriptWatch {
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

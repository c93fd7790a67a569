/**
 * Whether the main thread has let go of our inspector session. Disconnecting only asks it to; when it does so while this thread is being
 * torn down, Node aborts the whole process (MainThreadInterface::Post on an Environment that is half gone: src/inspector/). So this
 * thread ends only when the main thread has surely done it: it did before it ran any JavaScript since, for V8 looks at such requests first.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import type { JavaScriptWatch } from '@nops/probe/beside/stack/javascript-watch';
import type { MainMessage, WorkerMessage } from '../../messages/shared.js';

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
        watch ??= new (await import('@nops/probe/beside/stack/javascript-watch')).JavaScriptWatch(process.pid);
        if (watch.runs()) seen++;
      }
    } finally {
      watch?.close();
      this.#port.unref();
    }
  }
}

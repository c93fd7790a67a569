/** The memory of a recording, which the main thread sends beside its answer. */

import { parentPort } from 'node:worker_threads';
import { NopsError } from '@nops/core/protocol/errors';
import type { MainMessage } from '../../messages/shared.js';
import type { TraceBegun, TraceRing } from '../../messages/trace-ring.js';

const patienceMs = 2000;

interface RingOf {
  begun: TraceBegun;
  ring: TraceRing;
}

export interface RingReceiver {
  /** That of recording `id`; of the first that comes when it is not given. */
  ring(id?: number): Promise<RingOf>;
  close(): void;
}

/** To be opened before the recording is asked for: its ring may come before the answer. */
export function receiveRings(): RingReceiver {
  const rings = new Map<number, RingOf>();
  let arrived = () => {};
  const listener = (message: MainMessage) => {
    if (typeof message !== 'object') return;
    rings.set(message.begun.id, message);
    arrived();
  };
  parentPort?.on('message', listener);
  return {
    async ring(id) {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        const [found] = id === undefined ? rings.values() : [rings.get(id)];
        if (found !== undefined) return found;
        const leftMs = deadline - performance.now();
        if (leftMs <= 0) throw new NopsError('no-answer', 'the memory of the recording did not come');
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, leftMs);
          arrived = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    close: () => parentPort?.off('message', listener),
  };
}

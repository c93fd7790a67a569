/**
 * What of V8's heap no running process can change: V8 reads these flags once, when it makes the heap. Measured on Node 20.19, 22.23,
 * 24.21 and 26.10 by setting each with v8.setFlagsFromString and reading heap_size_limit or the size of the young generation
 * under load back: nothing changed.
 */

import { NopsError } from '@nops/core/protocol/errors';

const readOnce = new Set([
  'max-old-space-size',
  'max-heap-size',
  'max-semi-space-size',
  'min-semi-space-size',
  'initial-old-space-size',
  'initial-heap-size',
]);

/** The error for a setting that can't be changed, or that there is none of. */
export function refuseFixed(name: string): NopsError {
  if (readOnce.has(name)) {
    return new NopsError(
      'impossible',
      `V8 reads --${name} once, when it makes the heap: no running process can change it`,
      `Restart the process with node --${name}=<MB>; nops setgc <target> <percent>   changes when it collects`,
    );
  }
  if (name === 'off') {
    return new NopsError(
      'impossible',
      'V8 can’t be told not to collect: it would run out of heap',
      'nops setgc <target> 1000   collects as seldom as can be set',
    );
  }
  return new NopsError(
    'usage',
    `setgc has no setting ${JSON.stringify(name)}: it takes <percent>, auto, and snapshots=<N>`,
    'nops setgc <target>   lists what can be changed',
  );
}

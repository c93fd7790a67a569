/** The part of the memory figures that the kernel tells. */

import type { MemstatsResult } from '@nops/core/protocol/memory-results';
import { readMemory } from '@nops/probe/beside/memory';
import { howToGetAgent } from '../target/found.js';

export function memstatsBeside(pid: number): MemstatsResult {
  return {
    schema: 'nops.memstats/1',
    pid,
    way: 'beside',
    notes: [`An agent would add V8's heap by space, external memory and array buffers; ${howToGetAgent}`],
    heap: null,
    ...readMemory(pid),
  };
}

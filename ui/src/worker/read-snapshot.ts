/** A `.heapsnapshot` → its columns, as its bytes arrive. */

import { HeapSnapshotScanner } from '@nops/core/heap-snapshot/scanner';
import type { HeapSnapshot } from '@nops/core/heap-snapshot/snapshot';
import { NopsError } from '@nops/core/protocol/errors';
import type { OpenFile } from './open-file.js';

export async function readSnapshot({ kind, input }: OpenFile): Promise<HeapSnapshot> {
  if (kind !== 'heapsnapshot')
    throw new NopsError('usage', 'a heap snapshot and a profile can’t be compared', 'Choose two of the same kind.');
  const scanner = new HeapSnapshotScanner();
  for await (const chunk of input.chunks()) scanner.write(chunk);
  return scanner.finish();
}

/** The suspended async functions of a process, read from its memory: also while it is stuck. */

import type { AsyncResult } from '@nops/core/protocol/async-results';
import { type AsyncOptions, readAsync } from '@nops/probe/beside/async/read-async';
import { readNodeVersion } from '@nops/probe/beside/node-version';
import { usualCacheFolder } from '@nops/probe/beside/v8/locate';

export async function asyncBeside(pid: number, options: AsyncOptions): Promise<AsyncResult> {
  const read = await readAsync(pid, { ...options, cacheFolder: usualCacheFolder() });
  return { schema: 'nops.async/1', pid, way: 'beside', node: readNodeVersion(pid), ...read };
}

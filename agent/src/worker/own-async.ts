/** The suspended async functions of this process, read from its own memory, whatever its main thread does. */

import { type AsyncOptions, readAsync } from '@nops/probe/beside/async/read-async';
import { Limit } from './limit.js';

/** Each takes tens of MB for as long as it lasts. */
const atOnce = new Limit(1, 'look at the async functions');

export function readOwnAsync(options: AsyncOptions): ReturnType<typeof readAsync> {
  return atOnce.run(options.betweenMs / 1000, () => readAsync(process.pid, options));
}

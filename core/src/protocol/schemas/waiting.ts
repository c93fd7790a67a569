/** The answer about suspended async functions. */

import type { AsyncCause, AsyncFrame, AsyncGroup, AsyncResult } from '../async-results.js';
import { about } from './about.js';
import { count, exactly, flag, list, nullable, number, oneOf, optional, shape, text, texts } from './build.js';

const frame = shape<AsyncFrame>({
  function: text,
  url: text,
  line: count,
  column: count,
  link: oneOf('await', 'all', 'allSettled', 'any', 'race', 'then', 'iterate'),
  folded: optional(count),
  values: optional(texts),
});

const cause = shape<AsyncCause>({
  type: oneOf('timer', 'socket', 'request', 'fs', 'function', 'object', 'consumer', 'nothing', 'unknown'),
  detail: text,
  count: optional(count),
});

const group = shape<AsyncGroup>({
  count,
  stuckMs: number,
  runnable: flag,
  frames: list(frame),
  waitsOn: list(cause),
});

export const async = shape<AsyncResult>({
  ...about('async'),
  node: nullable(text),
  v8: nullable(text),
  pausedMicros: exactly(0),
  suspended: count,
  runnable: count,
  inTransit: count,
  lost: count,
  groups: list(group),
  scan: shape<AsyncResult['scan']>({ heapBytes: number, cpuMs: number, wallMs: number }),
});

/** `/debug/nops/async`: the suspended async functions of this process, read from its own memory, whatever its main thread does. */

import type { AsyncResult } from '@nops/core/protocol/async-results';
import { parseWhole } from '@nops/core/protocol/parameters';
import { asyncBounds } from '@nops/probe/beside/async/read-async';
import type { Handler } from '../context.js';
import { readOwnAsync } from '../own-async.js';

export const async: Handler = async ({ params, signal }) => {
  const flag = (name: string) => parseWhole(name, params.get(name), { min: 0, max: 1, fallback: 0 }) === 1;
  const options = {
    betweenMs: parseWhole('betweenMs', params.get('betweenMs'), asyncBounds.betweenMs),
    why: parseWhole('why', params.get('why'), asyncBounds.why),
    live: flag('live'),
    values: flag('values'),
    all: flag('all'),
  };
  const read = await readOwnAsync({ ...options, signal });
  const result: AsyncResult = {
    schema: 'nops.async/1',
    pid: process.pid,
    way: 'agent',
    node: process.versions.node,
    ...read,
    v8: process.versions.v8,
  };
  return { type: 'json', value: result };
};

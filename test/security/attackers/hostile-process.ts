/**
 * A process that is called, and has called everything that it has, by hostile names: title, functions, classes, worker, open files, sockets.
 * argv: a folder of its own.
 */

import { openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isMainThread, Worker } from 'node:worker_threads';
import { hostileName, hostileText } from './hostile.js';

const named = {
  async [hostileText](_ms: number): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, 600_000));
  },
  [`${hostileText}busy`](ms: number): number {
    const end = performance.now() + ms;
    let kept = 0;
    while (performance.now() < end) kept += [hostileName].length;
    return kept;
  },
};

const folder = process.argv[2];
if (isMainThread && folder !== undefined) {
  void named[hostileText]?.(0);
  openSync(join(folder, hostileName), 'w');
  createServer().listen(join(folder, `s${hostileName.slice(0, 20)}`));
  new Worker('setInterval(() => {}, 1000)', { eval: true, name: hostileName });
  setInterval(() => named[`${hostileText}busy`]?.(5), 20);
  process.title = hostileName;
  console.log('ready');
}

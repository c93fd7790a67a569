/**
 * What is looked at. `heap <MB>`: a heap of that size with 4000 suspended functions in it; tells how long its event loop stood still, and
 * writes a heap snapshot when asked to. `server`: an HTTP server with as many.
 */

import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';

const [kind = 'heap', size = '500', folder = '/tmp'] = process.argv.slice(2);
const kept: (() => void)[] = [];
const store = new Map<string, object>();

async function inner(): Promise<void> {
  await new Promise<void>(resolve => kept.push(resolve));
}

async function outer(): Promise<void> {
  await inner();
}

for (let index = 0; index < 2000; index++) void outer();

/** The longest time between two turns of the event loop since it was last asked for. */
let longestMs = 0;
let lastMs = performance.now();
setInterval(() => {
  const now = performance.now();
  longestMs = Math.max(longestMs, now - lastMs);
  lastMs = now;
}, 1);

process.on('disconnect', () => process.exit());
process.on('message', (asked: string) => {
  if (asked === 'snapshot') {
    const began = performance.now();
    const file = writeHeapSnapshot(`${folder}/big.heapsnapshot`);
    rmSync(file);
    process.send?.({ snapshotMs: performance.now() - began, peakRssBytes: process.resourceUsage().maxRSS * 1024 });
  } else {
    process.send?.({ longestMs, heapBytes: process.memoryUsage().heapUsed });
    longestMs = 0;
  }
});

if (kind === 'heap') await fill(Number(size) * 1e6);
else serve();

async function fill(bytes: number): Promise<void> {
  for (let index = 0; process.memoryUsage().heapUsed < bytes; ) {
    for (const end = index + 20_000; index < end; index++) {
      const nested = { x: index * 1.5, y: [1, 2, 3] };
      store.set(`key-${index}`, { id: index, name: `user ${index}`, tags: ['a', 'b', index], nested });
    }
    await turn();
  }
  await sleep(1000);
  process.send?.({ ready: true });
}

function serve(): void {
  const work = async () => {
    await turn();
    return JSON.stringify({ text: 'x'.repeat(1000), list: new Array(200).fill(1) }).length;
  };
  const server = createServer(async (_request, response) => {
    const [first] = await Promise.all([work(), turn()]);
    response.end(String(first + (await work())));
  });
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

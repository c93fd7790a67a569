/** The server under load: `bare` answers at once, `async` after 18 awaits and 3 turns of the event loop. Tells port, CPU time and requests. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

const isAsync = process.argv[2] === 'async';
let requests = 0;

async function work(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    for (let k = 0; k < 5; k++) await null;
    await turn();
  }
}

const server = createServer(async (_request, response) => {
  if (isAsync) await work();
  requests++;
  response.end('{"hello":"world"}');
}).listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system, requests });
});
process.on('disconnect', () => process.exit(0));

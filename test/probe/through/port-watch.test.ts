/** Who connected to a port: connections of an earlier visit, which the kernel remembers for a minute, are nobody's. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hangUp, OwnPorts } from '@nops/probe/through/dial';
import { PortWatch } from '@nops/probe/through/port-watch';
import { TableWatcher } from '@nops/probe/through/table-watcher';

/** More than the kernel's ticks: the table is read when the watch begins, and the answer much later. */
const laterMs = 2500;

async function listen(t: TestContext): Promise<number> {
  const server = createServer(socket => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** As nops's own: the client ends first, so its end is remembered. */
async function visit(port: number): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const client = socket.localPort ?? 0;
  socket.end();
  await once(socket.resume(), 'close');
  return client;
}

async function watch(port: number): Promise<{ watch: PortWatch; watcher: TableWatcher }> {
  const watcher = await TableWatcher.start(process.pid);
  const watch = new PortWatch(process.pid);
  watch.follow({ port, host: '127.0.0.1' });
  await watcher.begin();
  return { watch, watcher };
}

test('connections that ended before are no visitors, however long the watch goes on', async t => {
  const port = await listen(t);
  await visit(port);
  await visit(port);
  const { watch: seen, watcher } = await watch(port);
  await sleep(laterMs);
  seen.look(new Set(), await watcher.end(port));
  assert.deepEqual(seen.visitors, []);
});

// The kernel forgets them up to seconds after their minute: until then their timers have no time left.
test('connections whose minute is over are no visitors', { timeout: 120_000 }, async t => {
  const port = await listen(t);
  const began = performance.now();
  for (let i = 0; i < 50; i++) {
    await visit(port);
    await sleep(100);
  }
  await sleep(59_500 - (performance.now() - began));
  const mark = `:${port.toString(16).toUpperCase().padStart(4, '0')} 06 00000000:00000000 03:00000000 `;
  const isOverdue = () => readFileSync('/proc/self/net/tcp', 'latin1').includes(mark);
  let looks = 0;
  while (performance.now() - began < 70_000 && looks < 3) {
    if (!isOverdue()) {
      await sleep(20);
      continue;
    }
    const { watch: seen, watcher } = await watch(port);
    await sleep(200);
    seen.look(new Set(), await watcher.end(port));
    assert.deepEqual(seen.visitors, []);
    looks++;
  }
  // By kernel/time/timer.c a timer of a minute rings seconds late, whatever the kernel's HZ.
  assert.ok(looks > 0, 'some were met');
});

test('one that comes meanwhile is a visitor, also after others that ended before', async t => {
  const port = await listen(t);
  await visit(port);
  const { watch: seen, watcher } = await watch(port);
  const client = await visit(port);
  await sleep(laterMs);
  seen.look(new Set(), await watcher.end(port));
  assert.deepEqual(
    seen.visitors.map(({ clientPort }) => clientPort),
    [client],
  );
});

test('one of ours that is left before it is connected is known all the same', async t => {
  const port = await listen(t);
  const own = new OwnPorts();
  const over = own.begin();
  const socket = connect(port, '127.0.0.1');
  socket.on('connect', () => over(socket.localPort)).on('close', () => over());
  hangUp(socket);
  await own.settled();
  assert.equal(own.ports.size, 1);
  await once(socket, 'close');
});

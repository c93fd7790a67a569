/**
 * The server under load: `express`, or `async` with 18 awaits and 3 setImmediate a request, `slow` that waits 40 ms. Tells its port. Answers
 * messages: `usage` (its CPU time), `flight` and `idle` (its agent from here on), `hooks` and `no hooks` (async_hooks that do nothing).
 */

import { createHook } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { start } from '@nops/agent';
import express from 'express';

function listen(kind: string): Server {
  if (kind === 'express') {
    const app = express();
    app.get('/', (_request, response) => {
      response.json({ hello: 'world' });
    });
    return app.listen(0, '127.0.0.1', told);
  }
  if (kind === 'slow') {
    return createServer((_request, response) => void setTimeout(() => response.end('ok'), 40)).listen(
      0,
      '127.0.0.1',
      told,
    );
  }
  return createServer(async (_request, response) => {
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 5; j++) await j;
      await new Promise(resolve => setImmediate(resolve));
    }
    response.end('{"hello":"world"}');
  }).listen(0, '127.0.0.1', told);
}

const server = listen(process.argv[2] ?? 'express');

function told(): void {
  process.send?.({ port: (server.address() as AddressInfo).port });
}

/** Nanoseconds on a CPU of the main thread alone: proc_pid_schedstat. */
function mainNanos(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]);
}

const emptyHooks = createHook({ init() {}, before() {}, after() {} });

const answers: Record<string, () => unknown> = {
  usage() {
    const { user, system } = process.cpuUsage();
    return { cpuMicros: user + system, mainMicros: mainNanos() / 1000 };
  },
  flight: () => restartAgent(true),
  idle: () => restartAgent(false),
  hooks: () => void emptyHooks.enable(),
  'no hooks': () => void emptyHooks.disable(),
};

async function restartAgent(flight: boolean): Promise<void> {
  await start().close();
  await start({ flight }).ready;
}

process.on('message', async (message: string) => {
  process.send?.((await answers[message]?.()) ?? {});
});
process.on('disconnect', () => process.exit(0));

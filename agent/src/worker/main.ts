/** The agent's worker thread: listens, announces the process, and answers until it is told to stop. */

import { readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { Announcement } from '@nops/core/protocol/announcement';
import type { MainMessage, WorkerMessage, WorkerStart } from '../messages/shared.js';
import { Context } from './context.js';
import { keepSampling } from './endpoints/heap.js';
import { listenOnSocket, listenOnTcp, preparePrivateFolder } from './listen.js';
import { MainThread } from './main-thread.js';

if (isMainThread || parentPort === null) throw new Error('this is the entry of the agent’s worker thread');
const port = parentPort;

const start = workerData as WorkerStart;
const main = new MainThread(start.memory);
const servers: Server[] = [];

port.on('message', (message: MainMessage) => {
  main.disconnect();
  if (message === 'close') close();
});
// The servers hold the worker's loop open; the port alone must not.
port.unref();

try {
  await open();
} catch (error) {
  close();
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}

async function open(): Promise<void> {
  preparePrivateFolder(start.folder);
  const announcement: Announcement = {
    schema: 'nops.agent/1',
    pid: process.pid,
    startTime: start.startTime,
    socketPath: start.socketPath,
    name: start.name,
    node: process.versions.node,
    agent: start.version,
    ...ownThread(),
  };
  const context = new Context(start, main, announcement);
  servers.push(await listenOnSocket(context));
  if (start.tcp !== null) {
    const { server, url } = await listenOnTcp(context, start.tcp);
    servers.push(server);
    context.url = url;
  }
  if (start.heap) void main.withSession(session => keepSampling(session.heap));
  announce(announcement);
  tell({ type: 'ready', url: context.url });
}

/** `/proc/thread-self` leads to `<pid>/task/<tid>`. */
function ownThread(): { workerTid?: number } {
  try {
    return { workerTid: Number(readlinkSync('/proc/thread-self').split('/').at(-1)) };
  } catch {
    return {};
  }
}

/** Written aside and renamed, so that nobody reads half of it. */
function announce(announcement: Announcement): void {
  const path = announcementPath();
  writeFileSync(`${path}.new`, JSON.stringify(announcement), { mode: 0o600, flush: false });
  renameSync(`${path}.new`, path);
}

function announcementPath(): string {
  return start.socketPath.replace(/sock$/, 'json');
}

function close(): void {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(announcementPath(), { force: true });
  rmSync(start.socketPath, { force: true });
}

function tell(message: WorkerMessage): void {
  port.postMessage(message);
}

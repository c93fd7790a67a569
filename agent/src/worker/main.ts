/** The agent's worker thread: listens, announces the process, and answers until it is told to stop. */

import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { Announcement } from '@nops/core/protocol/announcement';
import { ownThreadId } from '@nops/probe/beside/procfs';
import type { HeapSampling } from '@nops/probe/through/heap-sampling';
import type { MainMessage, WorkerMessage, WorkerStart } from '../messages/shared.js';
import { Context } from './context.js';
import { listenOnSocket, listenOnTcp } from './http/listen.js';
import { Lease } from './lease.js';
import { log } from './log.js';
import { LetGo } from './main-thread/let-go.js';
import { MainThread } from './main-thread/main-thread.js';
import { Presence } from './presence.js';
import { receiveRings } from './trace/rings.js';

if (isMainThread || parentPort === null) throw new Error('this is the entry of the agent’s worker thread');
const port = parentPort;

const start = workerData as WorkerStart;
const letGo = new LetGo(port);
const main = new MainThread(start.memory, letGo, start.mayInspect);
const presence = new Presence(start.memory, start.socketPath, letGo);

/** Before the first message comes. */
const recordingRings = start.recording === null ? undefined : receiveRings();

port.on('message', (message: MainMessage) => {
  if (message !== 'exit' && message !== 'close') return;
  main.leave();
  if (message === 'close') presence.end();
});
// The servers hold the worker's loop open; the port alone must not.
port.unref();

// Not awaited here: `nops attach` runs this as CommonJS.
open().catch(error => {
  presence.end();
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
});

async function open(): Promise<void> {
  const announcement: Announcement = {
    schema: 'nops.agent/1',
    pid: process.pid,
    startTime: start.startTime,
    socketPath: start.socketPath,
    name: start.name,
    node: process.versions.node,
    agent: start.version,
    ...ownThread(),
    ...(start.attached ? { attached: true } : {}),
    ...(start.leased ? { leased: true } : {}),
  };
  const lease = new Lease(start.leased, () => void goAway(context).finally(() => presence.end()));
  const context: Context = new Context(start, main, announcement, presence, lease);
  if (start.recording !== null && recordingRings !== undefined) {
    const { RunRecorder } = await import('./trace/record-run.js');
    const recorder = new RunRecorder(context, start.recording, recordingRings);
    context.stopRecording = () => recorder.stop();
  }
  presence.addServer(await listenOnSocket(context));
  if (start.tcp !== null) {
    const { server, url } = await listenOnTcp(context, start.tcp);
    presence.addServer(server);
    context.url = url;
  }
  if (start.profile === 'warm') context.engine.keepWarm(start.profileBudget);
  if (start.heap && start.heapSampledSinceMs === null) {
    main.withSession(session => keepSampling(session.heap)).catch(error => log(`no heap sampling: ${error.message}`));
  }
  if (start.flight) {
    const { FlightRecorder } = await import('./trace/flight.js');
    context.flight = new FlightRecorder(main, context.engine.sampler);
    void context.flight.start();
  }
  presence.announce(announcement);
  tell({ type: 'ready', url: context.url });
}

/** Nobody holds its lease any more. */
async function goAway(context: Context): Promise<void> {
  const { unload } = await import('./unload.js');
  await unload(context);
}

/** Takes and keeps the sampler from the agent's start on. */
async function keepSampling(sampling: HeapSampling): Promise<never> {
  await sampling.start('inuse');
  return new Promise(() => {});
}

function ownThread(): { workerTid?: number } {
  const workerTid = ownThreadId();
  return workerTid === undefined ? {} : { workerTid };
}

function tell(message: WorkerMessage): void {
  port.postMessage(message);
}

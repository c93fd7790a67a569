/**
 * The main thread's side of the calls that the worker makes through the inspector: one object on globalThis, found by a symbol that no
 * app uses by chance. A call runs between two bytecodes of whatever the thread executes, so what it does must not run the app's code;
 * what does (the app's own tunables) is put off to the event loop.
 */

import { NopsError } from '@nops/core/protocol/errors';
import { hostSymbolName, type RunOptions } from '@nops/core/protocol/injection';
import {
  again,
  deferredCalls,
  type HostCallName,
  type HostCalls,
  type HostFailure,
  type MainMessage,
  readingCalls,
  type SharedMemory,
  swapSlot,
  type Ticket,
  threadProfileName,
  type WorkerStart,
} from '../messages/shared.js';
import type { Agent } from '../options.js';
import { GcGrowthWindows } from './gc-growth.js';
import { GcSettingsKeeper } from './gc-settings.js';
import { HttpActivity } from './http-activity.js';
import { beginLabels, endLabels, labelSets } from './labels.js';
import { readHeap, readHeapSize, readPulse } from './memory.js';
import { interruptedNode } from './own-code.js';
import { customProfiles, lookup } from './profiles.js';
import { RouteLabels } from './route-labels.js';
import { readMainStack } from './stack.js';
import { Stalls } from './stalls.js';
import { ThreadsCreated } from './threads-created.js';
import { TraceRecorder } from './trace/recorder.js';
import { type AppTunables, Tunables } from './tunables.js';
import { Windows } from './windows.js';

type Handlers = {
  [Name in HostCallName]: (args: HostCalls[Name][0]) => HostCalls[Name][1] | Promise<HostCalls[Name][1]>;
};

/** Exactly one of the worker (giving a call up) and the main thread (starting it) wins the call's slot. */
export interface Host {
  /**
   * Runs a call unless the worker has given it up; answers its value, a promise of it, or a failure. Never throws. In the middle of Node's
   * own code it answers `again` and runs nothing, unless `anyway` is true.
   */
  call(ticket: Ticket, name: HostCallName, args: unknown, anyway?: boolean): unknown;
  /** Begins a recording that the worker was started to write. */
  record(): void;
  endRecordings(): void;
  close(): void;
}

interface HostOptions {
  app: AppTunables;
  labels: WorkerStart['labels'];
  /** Takes away what the agent has added to this thread. */
  leave(): void;
  /** Tells the worker something that the answer of a call can't hold. */
  send(message: MainMessage): void;
  /** Of a process that `nops run` has started. */
  onUnheard?: RunOptions['onUnheard'];
}

export function createHost(memory: SharedMemory, { app, labels, leave, send, onUnheard }: HostOptions): Host {
  const { slots } = memory;
  const routes = labels === 'routes' ? new RouteLabels() : undefined;
  const activity = new HttpActivity();
  const windows = new Windows(activity);
  const tunables = new Tunables(activity, app);
  const gcSettings = new GcSettingsKeeper();
  const gcGrowth = new GcGrowthWindows();
  const threads = new ThreadsCreated();
  const traces = new TraceRecorder((begun, ring) => send({ type: 'ring', begun, ring }));
  const stalls = new Stalls();
  const handlers: Handlers = {
    windowBegin: kind => windows.begin(kind),
    windowEnd: id => windows.end(id),
    poolsInHeap: () => activity.searchHeap(),
    stack: () => readMainStack(call),
    tunables: () => tunables.list(),
    set: changes => tunables.set(changes),
    pulse: readPulse,
    heap: readHeap,
    heapSize: readHeapSize,
    gcSettings: () => gcSettings.read(),
    setgc: request => gcSettings.change(request),
    gcGrowthBegin: () => gcGrowth.begin(),
    gcGrowthEnd: id => gcGrowth.end(id),
    stallsBegin: () => stalls.begin(),
    stallsEnd: from => stalls.end(from),
    stallsKeep: isKept => stalls.keep(isKept),
    stallsSince: from => stalls.since(from),
    labelsBegin: () => {
      routes?.open();
      return beginLabels(memory.labels);
    },
    labelsEnd: () => {
      if (endLabels()) routes?.close();
      return true;
    },
    labelNames: requests => ({ sets: [...labelSets()], requests: routes?.resolve(requests) ?? [] }),
    countedStacks: name => ({ profile: (name === threadProfileName ? threads : lookup(name))?.read() ?? null }),
    counts: () => [
      { name: threadProfileName, count: threads.count },
      ...Array.from(customProfiles(), ({ name, count }) => ({ name, count })),
    ],
    traceBegin: mode => traces.begin(mode),
    traceEnd: id => traces.end(id),
    runEnd: signal => {
      if (onUnheard === undefined)
        throw new NopsError('impossible', 'nops run has not started this process', 'kill ends any process.');
      return { ends: onUnheard(signal) };
    },
    leave: () => {
      leave();
      return true;
    },
  };

  function call(ticket: Ticket, name: HostCallName, args: unknown, anyway = false): unknown {
    const deferred = deferredCalls.has(name);
    if (!anyway && !readingCalls.has(name) && interruptedNode(call) !== undefined) return again;
    if (!deferred && !swapSlot(slots, ticket, 'taken')) return null;
    try {
      const handler = handlers[name] as (args: unknown) => unknown;
      return deferred ? deferCall(slots, ticket, () => handler(args)) : handler(args);
    } catch (error) {
      return toFailure(error);
    }
  }

  const close = (): void => {
    windows.closeAll();
    gcGrowth.closeAll();
    threads.close();
    stalls.closeAll();
    endLabels(true);
    routes?.close();
    traces.closeAll();
  };
  return { call, close, record: () => void traces.begin('full'), endRecordings: () => traces.closeAll() };
}

/** Runs a call that may execute the app's code when the event loop comes round, never in the middle of the app's own. */
async function deferCall(slots: Int32Array, ticket: Ticket, run: () => unknown): Promise<unknown> {
  await new Promise<void>(resolve => setImmediate(resolve));
  if (!swapSlot(slots, ticket, 'taken')) return null;
  try {
    return await run();
  } catch (error) {
    return toFailure(error);
  }
}

function toFailure(error: unknown): HostFailure {
  if (error instanceof NopsError && error.code !== 'no-target' && error.code !== 'no-permission') {
    return {
      nopsError: {
        code: error.code,
        message: error.message,
        ...(error.next === undefined ? {} : { next: error.next }),
      },
    };
  }
  return {
    nopsError: {
      code: 'impossible',
      message: `the agent failed in the main thread: ${error instanceof Error ? error.stack : String(error)}`,
    },
  };
}

export interface Published {
  call: Host['call'];
  agent: Agent;
  version: string;
  /** True when its worker has gone while this thread did not come round; then what it had here is taken away as well. */
  sweep(): boolean;
}

const key = Symbol.for(hostSymbolName);

/** Where the worker's calls find the host, and a second `start` the agent that runs. */
export function publish(published: Published): void {
  Object.defineProperty(globalThis, key, {
    value: published,
    configurable: true,
    enumerable: false,
    writable: true,
  });
}

/** Leaves one alone that was published later. */
export function unpublish(published: Published): void {
  if (current() === published) delete (globalThis as unknown as Record<symbol, unknown>)[key];
}

/** The agent of this process, also one that another copy or version of this package has started. */
export function publishedAgent(): { agent: Agent; version: string | null } | undefined {
  const found = current();
  if (found?.agent === undefined || found.sweep?.() === true) return undefined;
  return { agent: found.agent, version: found.version ?? null };
}

/** Of another version some of it may be missing. */
function current(): Partial<Published> | undefined {
  return (globalThis as unknown as Record<symbol, Partial<Published> | undefined>)[key];
}

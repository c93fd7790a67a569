/** What every endpoint's handler is given. */

import type { Announcement } from '@nops/core/protocol/announcement';
import type { Change } from '@nops/core/protocol/results';
import { startedAtMs } from '@nops/probe/beside/clock';
import type { WorkerStart } from '../messages/shared.js';
import type { CrossChecks } from './engine/cross-check.js';
import { ProfileEngine } from './engine/engine.js';
import { Labels } from './engine/labels.js';
import type { Lease } from './lease.js';
import type { MainThread } from './main-thread/main-thread.js';
import type { Presence } from './presence.js';
import type { FlightRecorder } from './trace/flight.js';

/** The latest changes are kept; older ones are only in the log that was written. */
const maxLog = 100;

export class Context {
  readonly start: WorkerStart;
  readonly main: MainThread;
  readonly announcement: Announcement;
  readonly presence: Presence;
  readonly lease: Lease;
  readonly engine: ProfileEngine;
  readonly startedAt: Date;
  /** The TCP address with its token, null until it listens or without TCP. */
  url: string | null = null;
  /** Ends the recording that `nops run --trace` began with the process; resolves when its file is whole. */
  stopRecording: (() => Promise<void>) | undefined;
  readonly changes: (Change & { at: string })[] = [];
  /** Absent: its option is off. */
  flight: FlightRecorder | undefined;
  #crossChecks: Promise<CrossChecks> | undefined;

  constructor(start: WorkerStart, main: MainThread, announcement: Announcement, presence: Presence, lease: Lease) {
    this.start = start;
    this.main = main;
    this.announcement = announcement;
    this.presence = presence;
    this.lease = lease;
    this.engine = new ProfileEngine(
      main,
      start.history,
      start.labels === 'off' ? undefined : new Labels(main, start.memory.labels),
    );
    this.startedAt = new Date(
      process.platform === 'linux' ? startedAtMs(start.startTime) : Date.now() - process.uptime() * 1000,
    );
  }

  /** Whether V8's heap sampler runs all the time. */
  get isHeapSampled(): boolean {
    return this.start.heap || this.start.heapSampledSinceMs !== null;
  }

  /** Loaded when they are first needed: the code that knows V8's memory is half of the agent. */
  crossChecks(): Promise<CrossChecks> {
    this.#crossChecks ??= import('./engine/cross-check.js').then(module => new module.CrossChecks(this.main));
    return this.#crossChecks;
  }

  logChanges(changes: Change[]): void {
    const at = new Date().toISOString();
    for (const change of changes) this.changes.push({ ...change, at });
    this.changes.splice(0, Math.max(0, this.changes.length - maxLog));
  }
}

/** One request, parsed. */
export interface Asked {
  path: string;
  params: URLSearchParams;
  /** The body, for POST. */
  body: string;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
}

export interface FileReply {
  type: 'file';
  contentType: string;
  /** What a browser keeps it as; undefined: it is shown. */
  name: string | undefined;
  /** A promise for what takes time but has begun well: the headers go out at once, so that no client gives up meanwhile. */
  body: Uint8Array | string | Promise<Uint8Array | string>;
}

/** What a handler answers. */
export type Reply =
  | { type: 'json'; value: object }
  | { type: 'text'; text: string }
  | { type: 'html'; text: string }
  | FileReply
  /** Sent as it comes. Read to its end, or returned when the client leaves. */
  | { type: 'stream'; name: string; chunks: AsyncGenerator<Uint8Array> };

export type Handler = (asked: Asked, context: Context) => Promise<Reply> | Reply;

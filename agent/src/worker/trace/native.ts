/**
 * Trace events that Node itself has, at 7 µs each, so only of what is slow anyway: file operations with their paths, look-ups, connects,
 * and work on libuv's pool with the thread that did it. Asked of the inspector's NodeTracing, which Schema.getDomains does not list
 * but in-process sessions of 20, 22, 24 and 26 answer.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type InspectorChannel, withDeadline } from '@nops/probe/through/inspector-channel';

const categories = [
  'node.fs.sync',
  'node.fs.async',
  'node.dns.native',
  'node.net.native',
  'node.threadpoolwork.sync',
  'node.threadpoolwork.async',
];
/** Bounds what a process that calls synchronous functions all the time can put into a trace. */
const maxEvents = 1_000_000;
const deadlineMs = 2000;
/** The last events may come after the word that all have. */
const lastMs = 60;

export interface NativeEvent {
  ph: string;
  cat: string;
  name: string;
  pid: number;
  tid: number;
  ts: number;
  id?: string;
  args?: object;
}

export class NativeTracing {
  readonly #channel: InspectorChannel;
  #events: NativeEvent[] = [];
  #count = 0;
  #off = () => {};
  #complete: Promise<void> = Promise.resolve();
  left = 0;

  constructor(channel: InspectorChannel) {
    this.#channel = channel;
  }

  async start(): Promise<void> {
    const offData = this.#channel.on<{ value: NativeEvent[] }>('NodeTracing.dataCollected', ({ value }) =>
      this.#collect(value),
    );
    let offComplete = () => {};
    this.#complete = new Promise(resolve => {
      offComplete = this.#channel.on('NodeTracing.tracingComplete', () => resolve());
    });
    this.#off = () => {
      offData();
      offComplete();
    };
    const started = this.#channel.post('NodeTracing.start', { traceConfig: { includedCategories: categories } });
    await withDeadline(started, deadlineMs, 'tracing did not start');
  }

  /** What has come since the last time. Node sends it when its buffer fills and at the end. */
  take(): NativeEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  async stop(): Promise<void> {
    try {
      const before = this.#count;
      await withDeadline(this.#channel.post('NodeTracing.stop'), deadlineMs, 'tracing did not stop');
      await withDeadline(this.#complete, deadlineMs, 'tracing did not end');
      if (this.#count === before) await sleep(lastMs);
    } finally {
      this.#off();
    }
  }

  #collect(events: NativeEvent[]): void {
    for (const event of events) {
      if (event.ph === 'M') continue;
      if (++this.#count > maxEvents) {
        this.left++;
        continue;
      }
      const { ph, cat, name, pid, tid, ts, id, args } = event;
      const category = cat.slice(cat.lastIndexOf(',') + 1);
      this.#events.push({
        ph,
        cat: category,
        name,
        pid,
        tid,
        ts,
        ...(id === undefined ? {} : { id }),
        ...(args === undefined ? {} : { args }),
      });
    }
  }
}

/**
 * The recording of a process that `nops run` has started, from its start: the main thread has begun it before this thread was there. Each
 * piece goes to the file as it comes, so that of a process that is killed only the last moment is missing.
 */

import { closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import type { RunRecording } from '@nops/core/protocol/injection';
import { formatBytes } from '@nops/core/units/format';
import { recordingIndex, recordings } from '../../messages/shared.js';
import type { Context } from '../context.js';
import { Extras, messageOf, once } from './extras.js';
import type { RingReceiver } from './rings.js';
import { streamTrace } from './stream.js';

const callMs = 2000;
/** How soon it is seen that the process ends. */
const lookMs = 20;
/** A process that does little else than what is recorded writes 5 MB a second. */
const maxBytes = 512 * 1024 ** 2;

export class RunRecorder {
  readonly #wanted: RunRecording;
  readonly #rings: RingReceiver;
  readonly #state: Int32Array;
  readonly #stop = new AbortController();
  readonly #whole: Promise<void>;

  /** `rings` was opened before this thread heard its first message. */
  constructor(context: Context, wanted: RunRecording, rings: RingReceiver) {
    this.#wanted = wanted;
    this.#rings = rings;
    this.#state = context.start.memory.state;
    this.#whole = this.#run(context);
  }

  /** Ends it early. Resolves when the file is whole. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#whole;
  }

  /** Never rejects: there is nobody to tell but the file's reader. */
  async #run(context: Context): Promise<void> {
    try {
      await this.#record(context, new Extras(context.engine, this.#wanted.hz));
    } catch (error) {
      this.#tell(messageOf(error));
    } finally {
      this.#rings.close();
      Atomics.store(this.#state, recordingIndex, recordings.none);
      Atomics.notify(this.#state, recordingIndex);
    }
  }

  async #record(context: Context, extras: Extras): Promise<void> {
    const { file, seconds } = this.#wanted;
    const { begun, ring } = await this.#rings.ring();
    const descriptor = openSync(`${file}.part`, 'wx', 0o600);
    let bytes = 0;
    const look = setInterval(() => {
      if (this.#isEnding()) this.#stop.abort();
    }, lookMs);
    // The ring fills meanwhile.
    const starting = extras.start();
    const end = once(async () => {
      clearInterval(look);
      const notes = bytes > maxBytes ? [`it ended early: it had ${formatBytes(maxBytes)}`] : [];
      if (!this.#isEnding()) {
        await context.main
          .call('traceEnd', begun.id, callMs)
          .catch(error => notes.push(`the end: ${messageOf(error)}`));
      }
      const missing = await starting;
      return [...notes, ...missing.map(source => `not recorded: ${source}`), ...(await extras.stop())];
    });
    const pieces = streamTrace(context, { begun, ring, extras, seconds, missing: [], signal: this.#stop.signal, end });
    try {
      for await (const piece of pieces) {
        writeSync(descriptor, piece);
        bytes += piece.length;
        if (bytes > maxBytes) this.#stop.abort();
      }
    } finally {
      closeSync(descriptor);
    }
    renameSync(`${file}.part`, file);
  }

  /** Whether the process ends; the main thread has ended its part then. */
  #isEnding(): boolean {
    return Atomics.load(this.#state, recordingIndex) === recordings.ending;
  }

  #tell(why: string): void {
    try {
      writeFileSync(`${this.#wanted.file}.failed`, JSON.stringify(why), { mode: 0o600 });
    } catch {
      // The disk is full, or nops has gone.
    }
  }
}

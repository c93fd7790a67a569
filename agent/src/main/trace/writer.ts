/**
 * Writes records into the ring. Costs a few nanoseconds, takes no lock, and never waits: see messages/trace-ring.ts.
 *
 * A class, and not functions that are made for each recording: those would be compiled anew for each.
 */

import { performance } from 'node:perf_hooks';
import { kinds, ticksPerMs } from '@nops/core/trace/format';
import { ringIndex, type TraceRing, wordsPerRecord } from '../../messages/trace-ring.js';

/** An app that makes names without end would fill memory with them; later ones are called `other`. */
const maxTexts = 8192;
const maxTextBytes = 2000;
const bytesPerRecord = 4 * wordsPerRecord;

/**
 * Other threads see the stores of these processors in the order they were made (Intel's manual, volume 3A, "Memory ordering"), and
 * Atomics.store, which V8 does not inline, costs ten times as much.
 */
const areStoresOrdered = process.arch === 'x64' || process.arch === 'ia32';

export class Writer {
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #capacity: number;
  readonly #originMs: number;
  readonly #texts = new Map<string, number>();
  readonly #scratch = Buffer.alloc(Math.ceil(maxTextBytes / bytesPerRecord) * bytesPerRecord);
  #head = 0;
  /** The head at which the ring is full, as far as is known. */
  #full: number;
  #lost = 0;
  #isOpen = true;

  /** `originMs`: performance.now() at tick 0. */
  constructor({ control, words }: TraceRing, originMs: number) {
    this.#control = control;
    this.#words = words;
    this.#capacity = words.length / wordsPerRecord;
    this.#full = this.#capacity;
    this.#originMs = originMs;
  }

  /** Ticks of now, 32 bits. */
  now(): number {
    return ((performance.now() - this.#originMs) * ticksPerMs) | 0;
  }

  /** Ticks of a moment of performance.now(). */
  ticksAt(ms: number): number {
    return (ms - this.#originMs) * ticksPerMs;
  }

  put(word: number, a: number, b: number): void {
    this.putAt(word, a, b, this.now());
    this.publish();
  }

  /**
   * Reading the clock and telling the reader are most of what a record costs: who writes many has read the clock, and publishes them
   * together.
   */
  putAt(word: number, a: number, b: number, ticks: number): void {
    if (this.#head === this.#full && !this.#hasRoom(1)) return;
    const at = (this.#head & (this.#capacity - 1)) * wordsPerRecord;
    const words = this.#words;
    words[at] = word;
    words[at + 1] = a;
    words[at + 2] = b;
    words[at + 3] = ticks;
    this.#head = (this.#head + 1) | 0;
  }

  /** Shows the reader what has been written. */
  publish(): void {
    if (areStoresOrdered) this.#control[ringIndex.head] = this.#head;
    else Atomics.store(this.#control, ringIndex.head, this.#head);
  }

  /** The number of a text; its bytes go first when it is new. */
  text(value: string): number {
    const known = this.#texts.get(value);
    if (known !== undefined) return known;
    if (!this.#isOpen) return 0;
    if (this.#texts.size > maxTexts) return this.#texts.get('other') ?? 0;
    if (this.#texts.size === maxTexts) return this.#add('other');
    return this.#add(value);
  }

  /** Nothing is written any more: listeners on requests that outlast the recording may still call. */
  close(): void {
    this.publish();
    this.#isOpen = false;
    this.#full = this.#head;
  }

  #add(value: string): number {
    const bytes = this.#scratch.write(value, 0, maxTextBytes, 'utf8');
    const records = Math.ceil(bytes / bytesPerRecord);
    const number = this.#texts.size + 1;
    if (!this.#hasRoom(records + 1)) return 0;
    const { buffer, byteOffset } = this.#scratch;
    const text = new Int32Array(buffer, byteOffset, records * wordsPerRecord);
    this.putAt(kinds.string | (bytes << 8), number, 0, this.now());
    for (let record = 0; record < records; record++) {
      const at = (this.#head & (this.#capacity - 1)) * wordsPerRecord;
      this.#words.set(text.subarray(record * wordsPerRecord, (record + 1) * wordsPerRecord), at);
      this.#head = (this.#head + 1) | 0;
    }
    this.publish();
    this.#texts.set(value, number);
    return number;
  }

  #hasRoom(records: number): boolean {
    if (!this.#isOpen) return false;
    if (((this.#full - this.#head) | 0) >= records) return true;
    this.#full = (Atomics.load(this.#control, ringIndex.tail) + this.#capacity) | 0;
    if (((this.#full - this.#head) | 0) >= records) return true;
    // The reader frees what it is shown.
    this.publish();
    Atomics.store(this.#control, ringIndex.lost, ++this.#lost);
    return false;
  }
}

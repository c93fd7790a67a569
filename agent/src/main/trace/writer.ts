/** Writes records into the ring. Costs a fraction of a microsecond, takes no lock, and never waits: see messages/trace-ring.ts. */

import { kinds, ticksPerMs } from '@nops/core/trace/format';
import { ringIndex, type TraceRing, wordsPerRecord } from '../../messages/trace-ring.js';

/** An app that makes names without end would fill memory with them; later ones are called `other`. */
const maxTexts = 8192;
const maxTextBytes = 2000;
const bytesPerRecord = 4 * wordsPerRecord;

export interface Writer {
  put(word: number, a: number, b: number): void;
  /** Reading the clock is most of what a record costs: who has read it gives the ticks. */
  putAt(word: number, a: number, b: number, ticks: number): void;
  now(): number;
  /** The number of a text; its bytes go first when it is new. */
  text(value: string): number;
  /** Ticks of a moment of performance.now(). */
  ticksAt(ms: number): number;
  /** Nothing is written any more: listeners on requests that outlast the recording may still call. */
  close(): void;
}

/** `originMs`: performance.now() at tick 0. */
export function createWriter({ control, words }: TraceRing, originMs: number): Writer {
  const capacity = words.length / wordsPerRecord;
  const mask = capacity - 1;
  const clock = performance;
  const texts = new Map<string, number>();
  const scratch = Buffer.alloc(Math.ceil(maxTextBytes / bytesPerRecord) * bytesPerRecord);
  const scratchWords = new Int32Array(scratch.buffer, scratch.byteOffset, scratch.length / 4);
  let head = 0;
  let tail = 0;
  let lost = 0;
  let isOpen = true;

  function hasRoom(records: number): boolean {
    if (!isOpen) return false;
    if (((head - tail) | 0) + records <= capacity) return true;
    tail = Atomics.load(control, ringIndex.tail);
    if (((head - tail) | 0) + records <= capacity) return true;
    Atomics.store(control, ringIndex.lost, ++lost);
    return false;
  }

  function now(): number {
    return (clock.now() - originMs) * ticksPerMs;
  }

  function put(word: number, a: number, b: number): void {
    putAt(word, a, b, now());
  }

  function putAt(word: number, a: number, b: number, ticks: number): void {
    if (!hasRoom(1)) return;
    const at = (head & mask) * wordsPerRecord;
    words[at] = word;
    words[at + 1] = a;
    words[at + 2] = b;
    words[at + 3] = ticks;
    head = (head + 1) | 0;
    Atomics.store(control, ringIndex.head, head);
  }

  function text(value: string): number {
    const known = texts.get(value);
    if (known !== undefined) return known;
    if (!isOpen) return 0;
    if (texts.size > maxTexts) return texts.get('other') ?? 0;
    if (texts.size === maxTexts) return add('other');
    return add(value);
  }

  function add(value: string): number {
    const bytes = scratch.write(value, 0, maxTextBytes, 'utf8');
    const records = Math.ceil(bytes / bytesPerRecord);
    const number = texts.size + 1;
    if (!hasRoom(records + 1)) return 0;
    put(kinds.string | (bytes << 8), number, 0);
    for (let record = 0; record < records; record++) {
      const at = ((head + record) & mask) * wordsPerRecord;
      for (let word = 0; word < wordsPerRecord; word++) {
        words[at + word] = scratchWords[record * wordsPerRecord + word] ?? 0;
      }
    }
    head = (head + records) | 0;
    Atomics.store(control, ringIndex.head, head);
    texts.set(value, number);
    return number;
  }

  return {
    put,
    putAt,
    now,
    text,
    ticksAt: ms => (ms - originMs) * ticksPerMs,
    close: () => {
      isOpen = false;
    },
  };
}

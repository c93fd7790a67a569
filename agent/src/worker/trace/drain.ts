/** Takes what the main thread has recorded out of the ring: texts, and records encoded. */

import { kinds } from '@nops/core/trace/format';
import { type EncodedRecords, RecordEncoder } from '@nops/core/trace/records';
import { ringIndex, type TraceRing, wordsPerRecord } from '../../messages/trace-ring.js';
import type { SliceLines } from './slice-lines.js';

const bytesPerRecord = 4 * wordsPerRecord;

/** What the numbers in records stand for. */
export interface Dictionary {
  strings: [number, string][];
  types: [number, string][];
}

/** `dictionary`: what is new in it. No records: there were none. */
export interface Drained {
  dictionary: Dictionary;
  records: EncodedRecords | undefined;
}

export class Drain {
  readonly #ring: TraceRing;
  readonly #slices: SliceLines | undefined;
  readonly #encoder = new RecordEncoder();
  readonly #texts = new Map<number, string>();
  readonly #types: [number, string][] = [];
  #tail = 0;

  /** `slices` is shown all that is taken. */
  constructor(ring: TraceRing, slices?: SliceLines) {
    this.#ring = ring;
    this.#slices = slices;
  }

  get ticks(): number {
    return this.#encoder.ticks;
  }

  get lost(): number {
    return Atomics.load(this.#ring.control, ringIndex.lost);
  }

  /** What has come since the last time. */
  take(): Drained {
    const { control, words } = this.#ring;
    const mask = words.length / wordsPerRecord - 1;
    const head = Atomics.load(control, ringIndex.head);
    const strings: [number, string][] = [];
    const types: [number, string][] = [];
    while (this.#tail !== head) {
      const at = (this.#tail & mask) * wordsPerRecord;
      const word = words[at] ?? 0;
      const a = words[at + 1] ?? 0;
      const b = words[at + 2] ?? 0;
      const kind = word & 0xff;
      this.#tail = (this.#tail + 1) | 0;
      if (kind === kinds.string) {
        const text = this.#readText(word >>> 8, mask);
        this.#texts.set(a, text);
        strings.push([a, text]);
      } else if (kind === kinds.type) {
        types.push([a, this.#texts.get(b) ?? '']);
      } else {
        this.#encoder.add(word, a, b, words[at + 3] ?? 0);
        this.#slices?.add(kind, word >>> 8, a, b, this.#encoder.ticks);
      }
    }
    Atomics.store(control, ringIndex.tail, this.#tail);
    this.#types.push(...types);
    this.#slices?.name(types, this.#texts);
    return {
      dictionary: { strings, types },
      records: this.#encoder.count === 0 ? undefined : this.#encoder.take(),
    };
  }

  /** Every text and type so far: what a file needs that begins in the middle. */
  dictionary(): Dictionary {
    return { strings: [...this.#texts], types: this.#types };
  }

  #readText(bytes: number, mask: number): string {
    const { words } = this.#ring;
    const records = Math.ceil(bytes / bytesPerRecord);
    const copy = new Int32Array(records * wordsPerRecord);
    for (let record = 0; record < records; record++) {
      const at = ((this.#tail + record) & mask) * wordsPerRecord;
      copy.set(words.subarray(at, at + wordsPerRecord), record * wordsPerRecord);
    }
    this.#tail = (this.#tail + records) | 0;
    return Buffer.from(copy.buffer, 0, bytes).toString('utf8');
  }
}

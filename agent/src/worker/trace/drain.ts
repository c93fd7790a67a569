/** Takes what the main thread has recorded out of the ring: texts as JSON has them, records encoded, slices for other viewers. */

import { kinds, lineNames } from '@nops/core/trace/format';
import { RecordEncoder } from '@nops/core/trace/records';
import { ringIndex, type TraceRing, wordsPerRecord } from '../../messages/trace-ring.js';
import { metadata } from './lines.js';
import type { SliceLines } from './slice-lines.js';

const bytesPerRecord = 4 * wordsPerRecord;

export class Drain {
  readonly #ring: TraceRing;
  readonly #slices: SliceLines | undefined;
  readonly #encoder = new RecordEncoder();
  readonly #texts = new Map<number, string>();
  readonly #types: [number, string][] = [];
  #tail = 0;
  #sequence = 0;

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

  /** Lines of the file, for what has come since the last time; none when nothing has. */
  take(): object[] {
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
    return this.#lines(strings, types);
  }

  /** Every text and type so far: what a file needs that begins in the middle. */
  dictionary(): object {
    return this.#stringsLine([...this.#texts], this.#types);
  }

  #lines(strings: [number, string][], types: [number, string][]): object[] {
    const lines: object[] = [];
    if (strings.length > 0 || types.length > 0) lines.push(this.#stringsLine(strings, types));
    if (this.#encoder.count > 0) {
      const { bytes, count, ticks } = this.#encoder.take();
      const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
      lines.push(metadata(lineNames.records, { seq: this.#sequence++, count, ticks, data }));
    }
    return this.#slices === undefined ? lines : lines.concat(this.#slices.take());
  }

  #stringsLine(strings: [number, string][], types: [number, string][]): object {
    return metadata(lineNames.strings, { strings, types });
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

/** The third pass, the one that takes the time: stacks, values and labels of the samples. */

import { GrowingUint32 } from '../growing.js';
import type { Label, Profile } from '../model.js';
import { damaged } from './damaged.js';
import type { IdTable } from './id-table.js';
import type { Messages } from './sections.js';
import type { StringTable } from './string-table.js';
import { type WireReader, wireBytes, wireVarint } from './wire-reader.js';

type Samples = Pick<
  Profile,
  'stackStarts' | 'stacks' | 'values' | 'exactValues' | 'labelStarts' | 'labelIds' | 'labels'
>;

export class SampleReader {
  readonly #reader: WireReader;
  readonly #locationIds: IdTable;
  readonly #strings: StringTable;
  readonly #types: number;
  readonly #stacks: GrowingUint32;
  readonly #values: Float64Array;
  #exactValues: BigInt64Array | undefined;
  #valueCount = 0;
  readonly #labelIds = new GrowingUint32(16);
  readonly #labels: Label[] = [];
  readonly #labelNumbers = new Map<string, number>();

  /** `count`: how many samples there will be, each of `types` values. */
  constructor(reader: WireReader, count: number, types: number, locationIds: IdTable, strings: StringTable) {
    // Each value takes a byte at least: this many there are, or the first sample with too few is refused.
    if (count * types > reader.bytes.length) throw wrongValues();
    this.#reader = reader;
    this.#locationIds = locationIds;
    this.#strings = strings;
    this.#types = types;
    this.#stacks = new GrowingUint32(Math.min(count * 64, reader.bytes.length >>> 1));
    this.#values = new Float64Array(count * types);
  }

  read(messages: Messages): Samples {
    const stackStarts = new Uint32Array(messages.count + 1);
    const labelStarts = new Uint32Array(messages.count + 1);
    for (let i = 0; i < messages.count; i++) {
      messages.open(this.#reader, i);
      this.#readSample((i + 1) * this.#types);
      if (this.#valueCount !== (i + 1) * this.#types) throw wrongValues();
      stackStarts[i + 1] = this.#stacks.length;
      labelStarts[i + 1] = this.#labelIds.length;
    }
    return {
      stackStarts,
      stacks: this.#stacks.finish(),
      values: this.#values,
      exactValues: this.#exactValues,
      labelStarts,
      labelIds: this.#labelIds.finish(),
      labels: this.#labels,
    };
  }

  #readSample(valuesEnd: number): void {
    const reader = this.#reader;
    const { end } = reader;
    for (let field = reader.field(); field !== 0; field = reader.field()) {
      if (field > 3) {
        reader.skip();
      } else if (field === 3) {
        reader.end = reader.length() + reader.pos;
        this.#readLabel();
        reader.end = end;
      } else if (reader.wire === wireVarint) {
        if (field === 1) this.#addLocation();
        else this.#addValue(valuesEnd);
      } else if (reader.wire === wireBytes) {
        reader.end = reader.length() + reader.pos;
        if (field === 1) this.#readStack();
        else while (reader.pos < reader.end) this.#addValue(valuesEnd);
        reader.end = end;
      } else throw damaged('a field is of another type than the format says');
    }
  }

  /** Packed ids. Written out for those of up to two bytes in a dense table, since most of a file is these. */
  #readStack(): void {
    const reader = this.#reader;
    const { bytes, end } = reader;
    const { dense } = this.#locationIds;
    this.#stacks.reserve(end - reader.pos);
    const { array } = this.#stacks;
    let { length } = this.#stacks;
    let { pos } = reader;
    while (pos < end) {
      const first = bytes[pos] ?? 0;
      const second = bytes[pos + 1] ?? 0;
      let id: number;
      if (first < 0x80) {
        id = first;
        pos++;
      } else if (second < 0x80 && pos + 1 < end) {
        id = (first & 0x7f) | (second << 7);
        pos += 2;
      } else {
        reader.pos = pos;
        this.#stacks.length = length;
        this.#addLocation();
        length = this.#stacks.length;
        ({ pos } = reader);
        continue;
      }
      const number = id < dense.length ? (dense[id] ?? 0) : this.#locationIds.find(BigInt(id));
      if (number === 0) throw noLocation();
      array[length++] = number - 1;
    }
    this.#stacks.length = length;
    reader.pos = pos;
  }

  #addLocation(): void {
    const id = this.#reader.unsigned();
    const { dense } = this.#locationIds;
    const number = id < dense.length ? (dense[id] ?? 0) : this.#locationIds.find(this.#reader.lastExact());
    if (number === 0) throw noLocation();
    this.#stacks.push(number - 1);
  }

  #addValue(valuesEnd: number): void {
    const value = this.#reader.signed();
    if (this.#valueCount === valuesEnd) throw wrongValues();
    const at = this.#valueCount++;
    this.#values[at] = value;
    if (!Number.isSafeInteger(value) && this.#exactValues === undefined) this.#keepExact(at);
    if (this.#exactValues !== undefined)
      this.#exactValues[at] = Number.isSafeInteger(value) ? BigInt(value) : this.#reader.lastExact();
  }

  /** From now on: the `before` values so far are safe integers. */
  #keepExact(before: number): void {
    this.#exactValues = new BigInt64Array(this.#values.length);
    for (let i = 0; i < before; i++) this.#exactValues[i] = BigInt(this.#values[i] ?? 0);
  }

  #readLabel(): void {
    const reader = this.#reader;
    let key = 0;
    let text = 0;
    let number = 0n;
    let unit = 0;
    for (let field = reader.field(); field !== 0; field = reader.field()) {
      if (field > 4) {
        reader.skip();
        continue;
      }
      reader.expectNumber();
      const value = reader.signed();
      if (field === 1) key = value;
      else if (field === 2) text = value;
      else if (field === 3) number = BigInt.asIntN(64, reader.lastExact());
      else unit = value;
    }
    // As Go: what says nothing is no label, and with a text the number does not count.
    if (text === 0 && number === 0n && unit === 0) return;
    const id = text === 0 ? `${key},0,${number},${unit}` : `${key},${text}`;
    let known = this.#labelNumbers.get(id);
    if (known === undefined) {
      known = this.#labels.length;
      this.#labelNumbers.set(id, known);
      const name = this.#strings.get(key);
      this.#labels.push(
        text === 0
          ? { key: name, number, unit: this.#strings.get(unit) }
          : { key: name, text: this.#strings.get(text) },
      );
    }
    this.#labelIds.push(known);
  }
}

function noLocation(): Error {
  return damaged('a sample names a location that the file does not hold');
}

function wrongValues(): Error {
  return damaged('a sample has more or fewer values than there are sample types');
}

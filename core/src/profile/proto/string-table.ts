/** A profile's strings, decoded when they are first asked for. */

import { damaged } from './damaged.js';
import type { Messages } from './sections.js';
import { decodeText } from './utf8.js';

export class StringTable {
  readonly #bytes: Uint8Array;
  readonly #bounds: Uint32Array;
  readonly #count: number;
  readonly #known = new Map<number, string>();

  constructor(bytes: Uint8Array, strings: Messages) {
    this.#bytes = bytes;
    this.#bounds = strings.bounds.array;
    this.#count = strings.count;
    if (this.#count > 0 && this.#bounds[0] !== this.#bounds[1]) throw damaged('its first string is not empty');
  }

  get count(): number {
    return this.#count;
  }

  /** String 0 is '', whether there is a table or not. */
  get(index: number): string {
    if (index === 0) return '';
    const known = this.#known.get(index);
    if (known !== undefined) return known;
    if (!(index > 0 && index < this.#count)) throw damaged('it names a string that the file does not hold');
    const text = decodeText(this.#bytes.subarray(this.#bounds[2 * index], this.#bounds[2 * index + 1]));
    this.#known.set(index, text);
    return text;
  }
}

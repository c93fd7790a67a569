/**
 * The names of a snapshot as the bytes that the file has: there are as many as different strings on the heap, and few are ever shown.
 * A text is decoded when it is asked for.
 *
 *   block   [2 bytes: length, highest bit: cut][bytes, escapes still in them] [2 bytes …
 */

import { GrowingUint32 } from '../profile/growing.js';
import { decodeText } from '../profile/proto/utf8.js';

/** V8 itself cuts at 1024 characters (its flag heap_snapshot_string_limit); nobody reads as much in a table. */
const maxBytes = 512;
const cutBit = 0x8000;
const blockBytes = 1 << 22;

export class Texts {
  readonly #blocks: Uint8Array[] = [];
  readonly #starts = new GrowingUint32();
  #used = blockBytes;

  get length(): number {
    return this.#starts.length;
  }

  get bytes(): number {
    return this.#blocks.length * blockBytes + this.#starts.array.byteLength;
  }

  push(bytes: Uint8Array): void {
    const length = Math.min(bytes.length, maxBytes);
    if (this.#used + 2 + length > blockBytes) {
      this.#blocks.push(new Uint8Array(blockBytes));
      this.#used = 0;
    }
    const at = this.#used;
    const block = this.#blocks.at(-1);
    if (block === undefined) return;
    const head = length | (bytes.length > maxBytes ? cutBit : 0);
    block[at] = head & 0xff;
    block[at + 1] = head >> 8;
    block.set(bytes.subarray(0, length), at + 2);
    this.#starts.push((this.#blocks.length - 1) * blockBytes + at);
    this.#used = at + 2 + length;
  }

  /** '' for a number that there is no text for. Ends with … where it was cut. */
  get(number: number): string {
    if (number >= this.length) return '';
    const start = this.#starts.array[number] ?? 0;
    const block = this.#blocks[Math.floor(start / blockBytes)];
    if (block === undefined) return '';
    const at = start % blockBytes;
    const head = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8);
    const isCut = (head & cutBit) !== 0;
    const text = withoutEscapes(block.subarray(at + 2, at + 2 + (head & ~cutBit)));
    return isCut ? `${text}…` : text;
  }
}

/** The longest escape, \uXXXX, may have lost all but its first byte. */
const longestEscape = 6;

function withoutEscapes(bytes: Uint8Array): string {
  const text = decodeText(bytes);
  if (!text.includes('\\')) return text;
  for (let cut = 0; cut < longestEscape; cut++) {
    try {
      return String(JSON.parse(`"${text.slice(0, text.length - cut)}"`));
    } catch {
      // An escape that was cut in two, or no JSON at all.
    }
  }
  return text;
}

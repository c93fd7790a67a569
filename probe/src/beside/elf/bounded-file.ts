/** An open file that says itself where its parts lie: what it says is held to what it has, before memory is taken for it. */

import { closeSync, readSync } from 'node:fs';
import type { OpenFile } from '../open-foreign.js';

export interface Span {
  offset: number;
  size: number;
}

/** More than any part that is read of an executable: the names of Node's symbols have 19 MB, the symbols 4 MB. */
const maxReadBytes = 64 << 20;

export class BoundedFile {
  readonly #file: OpenFile;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  get descriptor(): number {
    return this.#file.descriptor;
  }

  close(): void {
    closeSync(this.#file.descriptor);
  }

  /** What of a span is in the file. */
  within({ offset, size }: Span): Span {
    if (!Number.isSafeInteger(offset) || offset < 0 || !(size > 0)) return { offset: 0, size: 0 };
    return { offset, size: Math.max(0, Math.min(size, this.#file.stats.size - offset)) };
  }

  /** At most `wanted` bytes from `from` on; fewer at the file's end. Throws `Error` for more than any executable has. */
  read(from: number, wanted: number): Buffer {
    const { offset, size } = this.within({ offset: from, size: wanted });
    if (size > maxReadBytes) throw new Error(`a part of it has ${size} bytes`);
    const bytes = Buffer.allocUnsafe(size);
    return bytes.subarray(0, size === 0 ? 0 : readSync(this.#file.descriptor, bytes, 0, size, offset));
  }
}

/** Reads open files whose sizes nobody vouches for: those in /proc say that they have none, others may be sparse, or grow meanwhile. */

import { readSync } from 'node:fs';

/** The rest of a file that has no more than `size` bytes; undefined when it has more. */
export function readUpTo(file: number, size: number): Buffer | undefined {
  const bytes = readStart(file, size + 1);
  return bytes.length > size ? undefined : bytes;
}

/** At most `size` bytes from where the file stands; fewer only at its end. What it takes grows with what is there. */
export function readStart(file: number, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let left = size; left > 0; ) {
    const count = readSync(file, chunk, 0, Math.min(left, chunk.length), null);
    if (count === 0) break;
    parts.push(Buffer.from(chunk.subarray(0, count)));
    left -= count;
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

/** Reads are synchronous: one at a time. */
const chunk = Buffer.allocUnsafe(1 << 16);

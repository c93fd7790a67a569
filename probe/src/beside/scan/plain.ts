/** The searches of `kernel.ts` in plain JavaScript: for a Node without WebAssembly or its vector instructions, and to test the other. */

import { chunkBytes, foundAt, type Kernel, markCount, marksAt, maxFound, memoryPages } from './kernel.js';

export function plainKernel(): Kernel {
  const memory = new Uint8Array(memoryPages << 16);
  const words = new Uint32Array(memory.buffer, 0, chunkBytes >>> 2);
  const halves = new Uint16Array(memory.buffer, 0, chunkBytes >>> 1);
  const found = new Uint32Array(memory.buffer, foundAt, maxFound);
  const marks = new Uint8Array(memory.buffer, marksAt, markCount);

  return {
    memory,
    words(from, end, ...needles) {
      const low = needles.map(needle => Number(needle & 0xffff_ffffn));
      const high = needles.map(needle => Number(needle >> 32n));
      let count = 0;
      for (let at = from; at < end && count < maxFound - 3; at += 32) {
        if (blockHas(words, at >>> 2, low, high)) found[count++] = at;
      }
      return count;
    },
    halves(from, end, ...needles) {
      const [a, b, c, d] = needles;
      let count = 0;
      for (let at = from; at < end && count < maxFound - 3; at += 16) {
        const first = halves[(at + 4) >>> 1];
        const second = halves[(at + 12) >>> 1];
        const hit = first === a || first === b || first === c || first === d;
        if (hit || second === a || second === b || second === c || second === d) found[count++] = at;
      }
      return count;
    },
    marked(from, end) {
      let count = 0;
      for (let block = from; block < end && count < maxFound - 3; block += 32) {
        for (let at = block; at < block + 32; at += 8) {
          if (marks[((words[at >>> 2] ?? 0) >>> 3) & (markCount - 1)] !== 0) found[count++] = at;
        }
      }
      return count;
    },
  };
}

function blockHas(words: Uint32Array, first: number, low: readonly number[], high: readonly number[]): boolean {
  for (let at = first; at < first + 8; at += 2) {
    const word = words[at];
    for (let needle = 0; needle < 4; needle++) {
      if (word === low[needle] && words[at + 1] === high[needle]) return true;
    }
  }
  return false;
}

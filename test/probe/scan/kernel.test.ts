/** The vector kernel against the plain one, on random memory with needles in it, and full to the brim with hits. */

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { chunkBytes, foundAt, type Kernel, marksAt, vectorKernel } from '@nops/probe/beside/scan/kernel';
import { plainKernel } from '@nops/probe/beside/scan/plain';

const needles = [0x7f12_3456_7891n, 0x1234_5671n, 0x3_0000_0009n, 0x7fff_ffff_fff1n] as const;
const types = [2106, 2107, 2063, 163] as const;

/** This Node has vector instructions: without them the test would compare nothing. */
function vector(): Kernel {
  const kernel = vectorKernel();
  assert.ok(kernel);
  return kernel;
}

type Search = (kernel: Kernel, from: number) => number;

const searches: Record<string, { search: Search; step: number }> = {
  words: { step: 32, search: (kernel, from) => kernel.words(from, chunkBytes, ...needles) },
  halves: { step: 16, search: (kernel, from) => kernel.halves(from, chunkBytes, ...types) },
  marked: { step: 32, search: (kernel, from) => kernel.marked(from, chunkBytes) },
};

/** All offsets, begun again where the search had no more room. */
function offsets(kernel: Kernel, { search, step }: { search: Search; step: number }): number[] {
  const found = new DataView(kernel.memory.buffer, foundAt);
  const result: number[] = [];
  for (let from = 0, rounds = 0; rounds < 100; rounds++) {
    const count = search(kernel, from);
    for (let index = 0; index < count; index++) result.push(found.getUint32(4 * index, true));
    const last = result.at(-1);
    if (count === 0 || last === undefined) return result;
    from = last - (last % step) + step;
  }
  throw new Error('the search does not end');
}

/** Random words, the one at each offset of `planted` a needle. */
function fill(memory: Uint8Array, planted: ReadonlyMap<number, bigint>): void {
  const view = new DataView(memory.buffer, memory.byteOffset);
  let state = 0x2545_f491;
  for (let at = 0; at < chunkBytes; at += 4) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + at;
    // Never a needle or a type by chance.
    view.setUint32(at, state | 0x8000_8000, true);
  }
  for (const [at, needle] of planted) view.setBigUint64(at, needle, true);
}

function both(prepare: (memory: Uint8Array) => void): [Kernel, Kernel] {
  const kernels: [Kernel, Kernel] = [vector(), plainKernel()];
  for (const { memory } of kernels) prepare(memory);
  return kernels;
}

function mark(memory: Uint8Array): void {
  for (const needle of needles) memory[marksAt + Number((needle >> 3n) & 0xffffn)] = 1;
}

test('words: the blocks with a needle, and no other', () => {
  const places = new Set([
    0,
    8,
    24,
    32,
    chunkBytes - 8,
    ...Array.from({ length: 500 }, () => 8 * randomInt(chunkBytes / 8)),
  ]);
  const planted = new Map([...places].map((at, index) => [at, needles[index % 4] ?? 0n] as const));
  const kernels = both(memory => fill(memory, planted));
  const expected = [...new Set([...places].map(at => at - (at % 32)))].sort((a, b) => a - b);
  for (const kernel of kernels) assert.deepEqual(offsets(kernel, searches['words'] ?? assert.fail()), expected);
});

test('halves: only where an instance type lies in a map', () => {
  const planted = new Map<number, bigint>();
  const expected: number[] = [];
  for (let at = 64, index = 0; at < chunkBytes - 64; at += 808, index++) {
    const type = BigInt(types[index % 4] ?? 0);
    // Where the type of a map lies: the half-word 4 bytes into a word; at any other it is none.
    const shift = BigInt(16 * (index % 4));
    planted.set(at, (0x8000_8000_8000_8000n & ~(0xffffn << shift)) | (type << shift));
    if (index % 4 === 2) expected.push(at - (at % 16));
  }
  assert.ok(expected.length > 100);
  for (const kernel of both(memory => fill(memory, planted))) {
    assert.deepEqual(offsets(kernel, searches['halves'] ?? assert.fail()), expected);
  }
});

test('marked: the words whose middle bits are marked', () => {
  const places = [0, 8, 16, 24, 40, 4096, chunkBytes - 8];
  const planted = new Map(places.map((at, index) => [at, needles[index % 4] ?? 0n] as const));
  const [simd, plain] = both(memory => {
    fill(memory, planted);
    mark(memory);
  });
  const found = offsets(simd, searches['marked'] ?? assert.fail());
  assert.deepEqual(found, offsets(plain, searches['marked'] ?? assert.fail()));
  for (const at of places) assert.ok(found.includes(at), String(at));
});

for (const [name, search] of Object.entries(searches)) {
  test(`${name}: a chunk with nothing but hits is searched to its end`, () => {
    const kernels = both(memory => {
      const type = BigInt(types[0]) << 32n;
      const word = name === 'halves' ? type : needles[1];
      new BigUint64Array(memory.buffer, memory.byteOffset, chunkBytes / 8).fill(word);
      mark(memory);
    });
    const step = name === 'marked' ? 8 : search.step;
    const expected = Array.from({ length: chunkBytes / step }, (_, index) => index * step);
    for (const kernel of kernels) assert.deepEqual(offsets(kernel, search), expected);
  });
}

/** ELF files whose numbers lie: each is refused or read as far as it goes, at once and in little memory. */

import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ElfFile } from '@nops/probe/beside/elf/elf-file';
import { versionOfFile } from '@nops/probe/beside/node-version';
import { readBinary } from '@nops/probe/beside/v8/binary';
import { mostMegabytes } from '../support/measured.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Parts {
  /** Of the file; what is behind its parts is a hole. */
  fileBytes?: number;
  segments?: { type: number; offset?: bigint; address?: bigint; fileSize?: bigint; size?: bigint; align?: bigint }[];
  sections?: { name?: number; type: number; offset: bigint; size: bigint; link?: number }[];
  counts?: { segments?: number; sections?: number; sectionBytes?: number };
  /** At 0x1000. */
  content?: Buffer;
}

function elfFile({ segments = [], sections = [], counts = {}, content = Buffer.alloc(0) }: Parts): Buffer {
  const file = Buffer.alloc(0x1000 + content.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(62, 18); // x86-64
  file.writeBigUInt64LE(64n, 32);
  file.writeBigUInt64LE(0x800n, 40);
  file.writeUInt16LE(counts.segments ?? segments.length, 56);
  file.writeUInt16LE(counts.sectionBytes ?? 64, 0x3a);
  file.writeUInt16LE(counts.sections ?? sections.length, 60);
  for (const [index, { type, ...words }] of segments.entries()) {
    const at = 64 + 56 * index;
    file.writeUInt32LE(type, at);
    const { offset = 0n, address = 0n, fileSize = 0n, size = 0n, align = 0n } = words;
    for (const [place, word] of [
      [8, offset],
      [16, address],
      [32, fileSize],
      [40, size],
      [48, align],
    ] as const)
      file.writeBigUInt64LE(word, at + place);
  }
  for (const [index, { name = 0, type, offset, size, link = 0 }] of sections.entries()) {
    const at = 0x800 + 64 * index;
    file.writeUInt32LE(name, at);
    file.writeUInt32LE(type, at + 4);
    file.writeBigUInt64LE(offset, at + 24);
    file.writeBigUInt64LE(size, at + 32);
    file.writeUInt32LE(link, at + 40);
  }
  content.copy(file, 0x1000);
  return file;
}

const huge = 2n ** 62n;
const table = (size: bigint, strings: bigint) => [
  { type: 2, offset: 0x1000n, size, link: 1 },
  { type: 3, offset: 0x1000n + size, size: strings },
];

/** A note whose sizes, taken as 32 bits with a sign, lead back to its beginning. */
const loop = Buffer.alloc(64);
loop.writeUInt32LE(0xffff_fff4, 0);

/** Every symbol is called like one of V8's. */
const names = Buffer.alloc(1 << 20, 'Builtins_');
const symbols = Buffer.alloc(24 * 100_000);
for (let index = 0; index < 100_000; index++) {
  symbols.writeUInt32LE(9 * index, 24 * index);
  symbols.writeUInt16LE(1, 24 * index + 6);
}

const cases: Record<string, Parts> = {
  'counts beyond its end': { counts: { segments: 65_535, sections: 65_535 } },
  'sections of 65,535 bytes each': { counts: { sections: 4096, sectionBytes: 65_535 } },
  'a symbol table of 2^62 bytes': { sections: table(huge, huge) },
  'a symbol table of 8 TB of nothing': { sections: table(2n ** 42n, 2n ** 41n), fileBytes: 2 ** 43 },
  'a symbol table of 256 MB of nothing': { sections: table(2n ** 28n, 2n ** 20n), fileBytes: 2 ** 29 },
  'a symbol table of 60 MB of nothing': { sections: table(60n << 20n, 60n << 20n), fileBytes: 2 ** 27 },
  'a table at a negative offset': { sections: [{ type: 2, offset: 2n ** 64n - 8n, size: 4096n, link: 0 }] },
  'notes that lead back': { segments: [{ type: 4, offset: 0x1000n, fileSize: 64n }], content: loop },
  'notes of 2^62 bytes': { segments: [{ type: 4, offset: 0x1000n, fileSize: huge }] },
  'a thread’s block of 2^62 bytes': { segments: [{ type: 7, size: huge, align: 0n }] },
  'a .rodata of 2^62 bytes': {
    sections: [
      { type: 1, offset: 0x1000n, size: huge },
      { type: 3, offset: 0x1000n, size: 8n },
    ],
    content: Buffer.from('.rodata\0'),
    fileBytes: 2 ** 43,
  },
  'names of V8 only': {
    sections: table(BigInt(symbols.length), BigInt(names.length)),
    content: Buffer.concat([symbols, names]),
  },
  'an end in the middle of its header': {},
};

for (const [what, parts] of Object.entries(cases)) {
  test(`${what}: refused with a cause, and no version`, t => {
    const path = join(temporaryFolder(t), 'node');
    writeFileSync(path, elfFile(parts));
    if (parts.fileBytes !== undefined) truncateSync(path, parts.fileBytes);
    if (parts === cases['an end in the middle of its header']) truncateSync(path, 40);
    const before = process.memoryUsage().rss;
    assert.equal(versionOfFile(path), null);
    assert.throws(() => readBinary(path), Error);
    for (const use of [(elf: ElfFile) => elf.buildId, (elf: ElfFile) => elf.tls, (elf: ElfFile) => elf.functions()]) {
      useAnyway(path, use);
    }
    const megabytes = (process.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(megabytes < mostMegabytes, `${megabytes} MB`);
  });
}

/** Whether it is refused or not. */
function useAnyway(path: string, use: (elf: ElfFile) => unknown): void {
  let elf: ElfFile | undefined;
  try {
    elf = new ElfFile(path);
    use(elf);
  } catch (error) {
    assert.ok(error instanceof Error && !(error instanceof RangeError), String(error));
  } finally {
    elf?.close();
  }
}

/** Finds a section of a 64-bit little-endian ELF file by name: elf(5). Reads the headers only. */

import { readSync } from 'node:fs';

export interface Section {
  offset: number;
  size: number;
}

/** More sections or name bytes than these are no executable we know. */
const maxSections = 4096;
const maxNameBytes = 1 << 20;

/** Where section `name` lies in the open file; undefined when the file is no such ELF file or has no such section. */
export function findSection(file: number, name: string): Section | undefined {
  const header = readAt(file, 0, 64);
  // EI_CLASS 2: 64 bits; EI_DATA 1: little-endian.
  if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1)
    return undefined;
  const entrySize = header.readUInt16LE(0x3a);
  const count = header.readUInt16LE(0x3c);
  if (entrySize < 64 || count === 0 || count > maxSections) return undefined;
  const table = readAt(file, Number(header.readBigUInt64LE(0x28)), entrySize * count);
  const entries = Array.from({ length: Math.floor(table.length / entrySize) }, (_, index) => {
    const at = index * entrySize;
    return {
      name: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 0x18)),
      size: Number(table.readBigUInt64LE(at + 0x20)),
    };
  });
  const strings = entries[header.readUInt16LE(0x3e)];
  if (strings === undefined) return undefined;
  const names = readAt(file, strings.offset, Math.min(strings.size, maxNameBytes));
  const wanted = Buffer.from(`${name}\0`);
  return entries.find(entry => names.subarray(entry.name, entry.name + wanted.length).equals(wanted));
}

/** At most `size` bytes of the open file from `offset` on; fewer at its end. */
export function readAt(file: number, offset: number, size: number): Buffer {
  if (!Number.isSafeInteger(offset)) return Buffer.alloc(0); // a damaged header
  const buffer = Buffer.alloc(size);
  return buffer.subarray(0, readSync(file, buffer, 0, size, offset));
}

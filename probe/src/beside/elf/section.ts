/** Finds a section of a 64-bit little-endian ELF file by name: elf(5). Reads the headers only. */

import type { BoundedFile, Span } from './bounded-file.js';

const sectionHeaderBytes = 64;
/** More sections or name bytes than these are no executable we know. */
const maxSections = 4096;
const maxNameBytes = 1 << 20;

/** Where section `name` lies in the file; undefined when the file is no such ELF file or has no such section. */
export function findSection(file: BoundedFile, name: string): Span | undefined {
  const header = file.read(0, 64);
  // EI_CLASS 2: 64 bits; EI_DATA 1: little-endian.
  if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1)
    return undefined;
  const count = header.readUInt16LE(0x3c);
  if (header.readUInt16LE(0x3a) !== sectionHeaderBytes || count === 0 || count > maxSections) return undefined;
  const table = file.read(Number(header.readBigUInt64LE(0x28)), sectionHeaderBytes * count);
  const entries = Array.from({ length: Math.floor(table.length / sectionHeaderBytes) }, (_, index) => {
    const at = index * sectionHeaderBytes;
    return {
      name: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 0x18)),
      size: Number(table.readBigUInt64LE(at + 0x20)),
    };
  });
  const strings = entries[header.readUInt16LE(0x3e)];
  if (strings === undefined) return undefined;
  const names = file.read(strings.offset, Math.min(strings.size, maxNameBytes));
  const wanted = Buffer.from(`${name}\0`);
  const found = entries.find(entry => names.subarray(entry.name, entry.name + wanted.length).equals(wanted));
  return found === undefined ? undefined : file.within(found);
}

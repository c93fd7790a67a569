/** A copy of an executable whose symbols lie: the same code and the same build id, so it runs as the original does. */

import { closeSync, copyFileSync, openSync, readSync, writeSync } from 'node:fs';

const sectionBytes = 64;
const symbolBytes = 24;
const SHT_SYMTAB = 2;

/** `lies`: symbols that get another one's address, and what of others is changed. Only in the symbol table that is not loaded. */
export function poisonedCopy(
  from: string,
  to: string,
  { address = {}, size = {} }: { address?: Record<string, string>; size?: Record<string, bigint> },
): void {
  copyFileSync(from, to);
  const file = openSync(to, 'r+');
  const bytes = (offset: number, length: number): Buffer => {
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, offset);
    return buffer;
  };
  const header = bytes(0, 64);
  const sections = bytes(Number(header.readBigUInt64LE(0x28)), header.readUInt16LE(0x3c) * sectionBytes);
  const section = (index: number) => {
    const at = index * sectionBytes;
    const [offset, length] = [sections.readBigUInt64LE(at + 24), sections.readBigUInt64LE(at + 32)].map(Number);
    return {
      type: sections.readUInt32LE(at + 4),
      offset: offset ?? 0,
      length: length ?? 0,
      link: sections.readUInt32LE(at + 40),
    };
  };
  const all = Array.from({ length: sections.length / sectionBytes }, (_, index) => section(index));
  const table = all.find(({ type }) => type === SHT_SYMTAB);
  const names = table === undefined ? undefined : all[table.link];
  if (table === undefined || names === undefined) throw new Error(`${from} has no symbol table`);
  const symbols = bytes(table.offset, table.length);
  const strings = bytes(names.offset, names.length);
  const placeOf = (name: string): number => {
    for (let at = 0; at < symbols.length; at += symbolBytes) {
      const nameAt = symbols.readUInt32LE(at);
      if (strings.toString('latin1', nameAt, nameAt + name.length + 1) === `${name}\0`) return at;
    }
    throw new Error(`no symbol ${name}`);
  };
  for (const [name, other] of Object.entries(address)) {
    writeSync(file, symbols, placeOf(other) + 8, 8, table.offset + placeOf(name) + 8);
  }
  for (const [name, lie] of Object.entries(size)) {
    const word = Buffer.alloc(8);
    word.writeBigUInt64LE(lie);
    writeSync(file, word, 0, 8, table.offset + placeOf(name) + 16);
  }
  closeSync(file);
}

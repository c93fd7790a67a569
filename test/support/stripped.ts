/** A copy of an executable without its symbol table, as `strip` leaves it: what dynamic linking needs stays. */

import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const sectionHeaderBytes = 64;
const SHT_NULL = 0;
const SHT_SYMTAB = 2;
const noteBuildId = Buffer.from('\x04\x00\x00\x00\x14\x00\x00\x00\x03\x00\x00\x00GNU\0', 'latin1');

/** Marks the symbol table's section as empty, and changes the build id: it is another file. */
export function strippedCopy(t: TestContext, executable: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'nops-stripped-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'node');
  copyFileSync(executable, path);
  const file = openSync(path, 'r+');
  const header = read(file, 0, 64);
  const start = Number(header.readBigUInt64LE(0x28));
  const count = header.readUInt16LE(0x3c);
  for (let index = 0; index < count; index++) {
    const at = start + index * sectionHeaderBytes;
    if (read(file, at + 4, 4).readUInt32LE(0) !== SHT_SYMTAB) continue;
    writeSync(file, Buffer.from([SHT_NULL, 0, 0, 0]), 0, 4, at + 4);
  }
  const note = read(file, 0, 4096).indexOf(noteBuildId);
  const id = randomBytes(20);
  if (note >= 0) writeSync(file, id, 0, id.length, note + noteBuildId.length);
  closeSync(file);
  return path;
}

function read(file: number, at: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  readSync(file, bytes, 0, size, at);
  return bytes;
}

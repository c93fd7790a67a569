/** Copies of Node executables that are built, or seem to be built, in another way. Each has a build id of its own: it is another file. */

import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ElfFile } from '@nops/probe/beside/elf/elf-file';

const sectionHeaderBytes = 64;
const SHT_NULL = 0;
const SHT_SYMTAB = 2;
const PT_LOAD = 1;
const noteBuildId = Buffer.from('\x04\x00\x00\x00\x14\x00\x00\x00\x03\x00\x00\x00GNU\0', 'latin1');

/** Without its symbol table, as `strip` leaves it: what dynamic linking needs stays. */
export function strippedCopy(t: Pick<TestContext, 'after'>, executable: string): string {
  return alteredCopy(t, executable, file => {
    const header = read(file, 0, 64);
    const start = Number(header.readBigUInt64LE(0x28));
    const count = header.readUInt16LE(0x3c);
    for (let index = 0; index < count; index++) {
      const at = start + index * sectionHeaderBytes;
      if (read(file, at + 4, 4).readUInt32LE(0) !== SHT_SYMTAB) continue;
      writeSync(file, Buffer.from([SHT_NULL, 0, 0, 0]), 0, 4, at + 4);
    }
  });
}

/** It tells that its V8 was built with pointer compression: tagged words of four bytes. */
export function compressedCopy(t: Pick<TestContext, 'after'>, executable: string): string {
  const elf = new ElfFile(executable);
  const symbol = elf.find(['v8dbg_TaggedSize'], []).get('v8dbg_TaggedSize');
  const segment = elf.segments.find(
    ({ type, address, fileSize }) =>
      type === PT_LOAD && symbol !== undefined && symbol.value >= address && symbol.value < address + fileSize,
  );
  elf.close();
  if (symbol === undefined || segment === undefined) throw new Error('no v8dbg_TaggedSize in its file');
  const at = segment.offset + symbol.value - segment.address;
  return alteredCopy(t, executable, file => writeSync(file, Buffer.from([4, 0, 0, 0]), 0, 4, at));
}

/** For another processor, by its header: e_machine of EM_AARCH64. */
export function foreignCopy(t: Pick<TestContext, 'after'>, executable: string): string {
  return alteredCopy(t, executable, file => writeSync(file, Buffer.from([183, 0]), 0, 2, 18));
}

function alteredCopy(t: Pick<TestContext, 'after'>, executable: string, alter: (file: number) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'nops-altered-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'node');
  copyFileSync(executable, path);
  const file = openSync(path, 'r+');
  alter(file);
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

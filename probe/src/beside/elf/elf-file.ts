/** A 64-bit little-endian ELF file for x86-64: segments, symbols, and the bytes at a virtual address. Source: elf(5), the gABI. */

import type { Stats } from 'node:fs';
import { fileIdentity } from '../file-identity.js';
import { openForeign } from '../open-foreign.js';
import { BoundedFile } from './bounded-file.js';

export interface Segment {
  /** PT_LOAD 1, PT_NOTE 4, PT_TLS 7. */
  type: number;
  offset: number;
  address: number;
  /** Bytes in the file; what `size` has more is zero. */
  fileSize: number;
  size: number;
  align: number;
}

export interface ElfSymbol {
  name: string;
  /** STT_OBJECT 1, STT_FUNC 2, STT_TLS 6. */
  type: number;
  /** The virtual address, or the offset in the TLS block. */
  value: number;
  size: number;
}

export interface ElfFunction {
  value: number;
  size: number;
  /** For `nameOf`: there are too many to read all names. */
  nameAt: number;
}

interface RawSection {
  type: number;
  offset: number;
  size: number;
  /** The section of its strings. */
  link: number;
}

const PT_LOAD = 1;
const PT_NOTE = 4;
const PT_TLS = 7;
const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;
const EM_X86_64 = 62;
const ET_EXEC = 2;
const NT_GNU_BUILD_ID = 3;
const symbolBytes = 24;
/** What Node's have: some 30 segments, 50 sections, 2,500 symbols that are looked for, 250,000 functions. A hostile file may have any number. */
const maxHeaders = 4096;
const maxFound = 50_000;
const maxFunctions = 1_000_000;
/** Of a symbol's name, and of the places where a name that is looked for ends another. */
const maxNameBytes = 4096;
const maxPlaces = 1000;
/** The code or the table that a symbol stands for has some hundred bytes, a thread's block some thousand. */
const maxObjectBytes = 1 << 20;
const maxTlsBytes = 1 << 16;
const maxNoteBytes = 65_536;
/** 20 bytes of SHA-1 are usual. */
const maxBuildIdBytes = 64;

export class ElfFile {
  /** Linked to a fixed address: addresses in the file are those in memory. */
  readonly isFixed: boolean;
  /** What they were when it was opened. */
  readonly stats: Stats;
  readonly segments: Segment[];
  readonly #file: BoundedFile;
  readonly #sections: RawSection[];
  #table: { symbols: Buffer; strings: Buffer } | undefined;

  /** Throws `Error` with the cause when the file is none that we can read, and what `openForeign` throws. */
  constructor(path: string) {
    const opened = openForeign(path);
    this.stats = opened.stats;
    this.#file = new BoundedFile(opened);
    try {
      const header = this.#file.read(0, 64);
      if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) {
        throw new Error('not a 64-bit little-endian ELF file');
      }
      if (header.readUInt16LE(18) !== EM_X86_64) throw new Error('not built for x86-64');
      this.isFixed = header.readUInt16LE(16) === ET_EXEC;
      this.segments = this.#readSegments(Number(header.readBigUInt64LE(32)), header.readUInt16LE(56));
      this.#sections = this.#readSections(Number(header.readBigUInt64LE(40)), header.readUInt16LE(60));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#file.close();
  }

  /** Which file it is with which content: see `fileIdentity`. The build id is for file systems that keep no times. */
  get identity(): string {
    return `${fileIdentity(this.#file.descriptor)}:${this.buildId ?? ''}`;
  }

  /** The size and alignment of the thread-local block; undefined when there is none. Throws `Error` when they make no sense. */
  get tls(): Segment | undefined {
    const found = this.segments.find(segment => segment.type === PT_TLS);
    if (found !== undefined && !(found.size <= maxTlsBytes && found.align > 0 && found.align <= maxTlsBytes)) {
      throw new Error(`its thread-local block has ${found.size} bytes`);
    }
    return found;
  }

  /** The lowest address that the file is loaded to. */
  get lowestAddress(): number {
    const loads = this.segments.filter(segment => segment.type === PT_LOAD);
    return Math.min(...loads.map(segment => segment.address - (segment.address % 4096)));
  }

  /** The linker's identity of this build, hexadecimal; undefined when it was not asked for one. */
  get buildId(): string | undefined {
    for (const segment of this.segments) {
      if (segment.type !== PT_NOTE) continue;
      const id = buildIdIn(this.#file.read(segment.offset, Math.min(segment.fileSize, maxNoteBytes)));
      if (id !== undefined) return id;
    }
    return undefined;
  }

  /** `size` bytes at a virtual address as the file has them, zeros where it has none; undefined outside of every segment. Throws `Error` for more than any object has. */
  bytesAt(address: number, size: number): Buffer | undefined {
    if (!(size >= 0 && size <= maxObjectBytes)) throw new Error(`an object in it has ${size} bytes`);
    const segment = this.segments.find(
      ({ type, address: start, size: length }) => type === PT_LOAD && start <= address && address < start + length,
    );
    if (segment === undefined) return undefined;
    const result = Buffer.alloc(size);
    const from = address - segment.address;
    const stored = Math.max(0, Math.min(size, segment.fileSize - from));
    this.#file.read(segment.offset + from, stored).copy(result);
    return result;
  }

  /** The defined symbols that are called one of `names` or begin with one of `prefixes`. Of several with one name, the first. */
  find(names: readonly string[], prefixes: readonly string[]): Map<string, ElfSymbol> {
    const { symbols, strings } = this.#symbolTable();
    const offsets = new Map<number, string>();
    // Linkers merge the tails of strings: what precedes a name need not be its end. `link` then decides.
    for (const name of names) eachIndex(strings, Buffer.from(`${name}\0`), at => offsets.set(at, name));
    const starts = prefixes.map(prefix => Buffer.from(prefix));
    const found = new Map<string, ElfSymbol>();
    for (let at = 0; at + symbolBytes <= symbols.length; at += symbolBytes) {
      const nameAt = symbols.readUInt32LE(at);
      const name = offsets.get(nameAt) ?? prefixedName(strings, nameAt, starts);
      if (name === undefined || symbols.readUInt16LE(at + 6) === 0 || found.has(name)) continue;
      if (found.size >= maxFound) throw new Error('it has too many symbols of V8');
      found.set(name, readSymbol(symbols, at, name));
    }
    return found;
  }

  /** Every function, ascending by address. Hundreds of thousands in Node: for names of C++ frames only. Throws `Error`. */
  functions(): ElfFunction[] {
    const { symbols } = this.#symbolTable();
    const result: ElfFunction[] = [];
    for (let at = 0; at + symbolBytes <= symbols.length; at += symbolBytes) {
      if (((symbols[at + 4] ?? 0) & 15) !== 2 || symbols.readUInt16LE(at + 6) === 0) continue;
      if (result.length >= maxFunctions) throw new Error('it has too many functions');
      const { value, size } = readSymbol(symbols, at, '');
      result.push({ value, size, nameAt: symbols.readUInt32LE(at) });
    }
    return result.sort((a, b) => a.value - b.value);
  }

  /** Also when the file is closed. */
  nameOf({ nameAt }: ElfFunction): string {
    return textAt(this.#symbolTable().strings, nameAt);
  }

  #symbolTable(): { symbols: Buffer; strings: Buffer } {
    if (this.#table !== undefined) return this.#table;
    const section =
      this.#sections.find(({ type }) => type === SHT_SYMTAB) ?? this.#sections.find(({ type }) => type === SHT_DYNSYM);
    const names = section === undefined ? undefined : this.#sections[section.link];
    if (section === undefined || names === undefined) throw new Error('it has no symbol table');
    this.#table = {
      symbols: this.#file.read(section.offset, section.size),
      strings: this.#file.read(names.offset, names.size),
    };
    return this.#table;
  }

  #readSegments(offset: number, count: number): Segment[] {
    const bytes = this.#file.read(offset, Math.min(count, maxHeaders) * 56);
    return Array.from({ length: Math.floor(bytes.length / 56) }, (_, index) => {
      const at = index * 56;
      const wordAt = (field: number) => Number(bytes.readBigUInt64LE(at + field));
      return {
        type: bytes.readUInt32LE(at),
        offset: wordAt(8),
        address: wordAt(16),
        fileSize: wordAt(32),
        size: wordAt(40),
        align: wordAt(48),
      };
    });
  }

  #readSections(offset: number, count: number): RawSection[] {
    const bytes = this.#file.read(offset, Math.min(count, maxHeaders) * 64);
    return Array.from({ length: Math.floor(bytes.length / 64) }, (_, index) => {
      const at = index * 64;
      return {
        type: bytes.readUInt32LE(at + 4),
        offset: Number(bytes.readBigUInt64LE(at + 24)),
        size: Number(bytes.readBigUInt64LE(at + 32)),
        link: bytes.readUInt32LE(at + 40),
      };
    });
  }
}

function readSymbol(symbols: Buffer, at: number, name: string): ElfSymbol {
  return {
    name,
    type: (symbols[at + 4] ?? 0) & 15,
    value: Number(symbols.readBigUInt64LE(at + 8)),
    size: Number(symbols.readBigUInt64LE(at + 16)),
  };
}

function eachIndex(bytes: Buffer, wanted: Buffer, use: (at: number) => void): void {
  let places = 0;
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
    if (++places > maxPlaces) throw new Error('its names are not those of a Node');
    use(at);
  }
}

function prefixedName(strings: Buffer, at: number, starts: readonly Buffer[]): string | undefined {
  for (const start of starts) {
    if (strings[at] !== start[0] || strings[at + 1] !== start[1]) continue;
    if (strings.compare(start, 0, start.length, at, at + start.length) === 0) return textAt(strings, at);
  }
  return undefined;
}

function textAt(strings: Buffer, at: number): string {
  const most = strings.subarray(at, at + maxNameBytes);
  const end = most.indexOf(0);
  return most.toString('latin1', 0, end < 0 ? most.length : end);
}

/** Notes: name size, description size, type, name and description padded to 4 bytes. */
function buildIdIn(notes: Buffer): string | undefined {
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameBytes = notes.readUInt32LE(at);
    const idBytes = notes.readUInt32LE(at + 4);
    const idAt = at + 12 + Math.ceil(nameBytes / 4) * 4;
    if (notes.readUInt32LE(at + 8) === NT_GNU_BUILD_ID && notes.toString('latin1', at + 12, at + 15) === 'GNU') {
      return notes.toString('hex', idAt, idAt + Math.min(idBytes, maxBuildIdBytes));
    }
    at = idAt + Math.ceil(idBytes / 4) * 4;
  }
  return undefined;
}

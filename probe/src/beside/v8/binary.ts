/**
 * What the file of a Node executable (or libnode) tells about the V8 in it, without a look at any process: V8's own constants for
 * debuggers (`v8dbg_*`, tools/gen-postmortem-metadata.py), the version, where the built-in code lies, and the isolate's offsets.
 */

import { ElfFile, type ElfSymbol, type Segment } from '../elf/elf-file.js';
import { type EntryOffsets, readEntryOffsets } from './entry-code.js';

/** Plain data, so that it can be kept in a file: see `facts-cache.ts`. */
export interface V8Binary {
  buildId: string | null;
  /** V8's major, minor, build and patch. */
  version: [number, number, number, number];
  /** Addresses in the file are those in memory. */
  isFixed: boolean;
  /** The lowest address that the file is loaded to. */
  lowestAddress: number;
  segments: Segment[];
  /** `v8dbg_` constants by name without that prefix. */
  constants: Record<string, number>;
  /** Size and alignment of the file's thread-local block. */
  tls: { size: number; align: number } | null;
  /** Offset of v8::internal::g_current_isolate_ in that block; V8 11.3 on, where symbols are kept. */
  isolateTls: number | null;
  /** `kBytecodeSizes` of interpreter/bytecodes.cc: bytes of each bytecode, by operand scale 1, 2, 4; null where stripped. */
  bytecodeSizes: number[] | null;
  /** Ascending by address; empty where stripped. */
  builtins: { names: string[]; starts: number[]; ends: number[] };
  /** null where stripped. */
  entry: EntryOffsets | null;
}

const currentIsolate = '_ZN2v88internal18g_current_isolate_E';
const bytecodeSizes = '_ZN2v88internal11interpreter9Bytecodes14kBytecodeSizesE';
const versionParts = ['major', 'minor', 'build', 'patch'] as const;
const versionSymbol = (part: string) => `_ZN2v88internal7Version6${part}_E`;

/** Reads the facts out of `path`. Throws `Error` with the cause when it is no executable of ours or has no V8 in it. */
export function readBinary(path: string): V8Binary {
  const elf = new ElfFile(path);
  try {
    return factsOf(elf);
  } finally {
    elf.close();
  }
}

/** The same of a file that is open. */
export function factsOf(elf: ElfFile): V8Binary {
  const names = [currentIsolate, bytecodeSizes, ...versionParts.map(versionSymbol)];
  const symbols = elf.find(names, ['v8dbg_', 'Builtins_']);
  const { tls } = elf;
  const sizes = symbols.get(bytecodeSizes);
  return {
    buildId: elf.buildId ?? null,
    version: readVersion(elf, symbols),
    isFixed: elf.isFixed,
    lowestAddress: elf.lowestAddress,
    segments: elf.segments,
    constants: readConstants(elf, symbols),
    tls: tls === undefined ? null : { size: tls.size, align: tls.align },
    isolateTls: symbols.get(currentIsolate)?.value ?? null,
    bytecodeSizes: sizes === undefined ? null : [...(elf.bytesAt(sizes.value, sizes.size) ?? [])],
    builtins: listBuiltins(symbols),
    entry: readEntryOffsets(name => codeOf(elf, symbols, name)),
  };
}

function readConstants(elf: ElfFile, symbols: Map<string, ElfSymbol>): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, { value }] of symbols) {
    if (name.startsWith('v8dbg_')) result[name.slice(6)] = elf.bytesAt(value, 4)?.readInt32LE(0) ?? 0;
  }
  if (Object.keys(result).length === 0) throw new Error('it has no v8dbg_ constants');
  return result;
}

function readVersion(elf: ElfFile, symbols: Map<string, ElfSymbol>): [number, number, number, number] {
  const [major = 0, minor = 0, build = 0, patch = 0] = versionParts.map(part => {
    const symbol = symbols.get(versionSymbol(part));
    const bytes = symbol === undefined ? undefined : elf.bytesAt(symbol.value, 4);
    if (bytes === undefined) throw new Error("V8's version is not in it");
    return bytes.readInt32LE(0);
  });
  return [major, minor, build, patch];
}

function codeOf(elf: ElfFile, symbols: Map<string, ElfSymbol>, name: string): Buffer | undefined {
  const symbol = symbols.get(`Builtins_${name}`);
  return symbol === undefined ? undefined : elf.bytesAt(symbol.value, symbol.size);
}

/** STT_FUNC, elf(5). */
const functionType = 2;

function listBuiltins(symbols: Map<string, ElfSymbol>): V8Binary['builtins'] {
  const found = [...symbols.values()].filter(({ name, type }) => name.startsWith('Builtins_') && type === functionType);
  found.sort((a, b) => a.value - b.value);
  return {
    names: found.map(({ name }) => name.slice('Builtins_'.length)),
    starts: found.map(({ value }) => value),
    ends: found.map(({ value, size }) => value + size),
  };
}

/** Finds the V8 of a process: its executable, or the libnode that it has mapped, and where that lies in its memory. */

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { NopsError } from '@nops/core/protocol/errors';
import { ElfFile } from '../elf/elf-file.js';
import { isOursOrRoots } from '../file-identity.js';
import { filePath, type Mapping, reachablePath } from '../mappings.js';
import { rootPrefix } from '../namespaces.js';
import { procPath, tryReadLink } from '../procfs.js';
import type { Memory } from '../target-memory.js';
import { factsOf, type V8Binary } from './binary.js';
import { readFacts, writeFacts } from './facts-cache.js';

export interface LocatedV8 {
  binary: V8Binary;
  /** The file's path as the process sees it. */
  path: string;
  /** A path from here that opens the same file. */
  reachablePath: string;
  /** What to add to an address of the file to have it in memory. */
  base: number;
  /** Node as a library: its thread-local block is not at a fixed place. */
  isLibrary: boolean;
}

/** By the file's identity. */
const knownFiles = new Map<string, V8Binary>();
const maxKnown = 16;

/** Where facts are kept between runs: a folder of the user's own. */
export function usualCacheFolder(variables: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME: folder } = variables;
  return join(folder !== undefined && isAbsolute(folder) ? folder : join(homedir(), '.cache'), 'nops');
}

/** `cacheFolder` undefined: nothing is kept on disk. Throws `impossible` with the check that failed. */
export function locateV8(memory: Memory, mappings: readonly Mapping[], cacheFolder: string | undefined): LocatedV8 {
  const { pid } = memory;
  const library = mappings.find(({ path }) => /\/libnode\.so/.test(path));
  const path = library === undefined ? (tryReadLink(pid, 'exe') ?? '').replace(/ \(deleted\)$/, '') : filePath(library);
  const file = library === undefined ? `${procPath(pid)}/exe` : reachablePath(pid, path);
  const binary = readKnown(pid, file, path, cacheFolder);
  const base = baseOf(binary, mappings, path);
  if (library !== undefined) requireSameFile(memory, base, file, binary, path);
  return { binary, path, reachablePath: file, base, isLibrary: library !== undefined };
}

/** The refusal every check of the layout ends in: never a guess. */
export function unknownLayout(what: string): NopsError {
  return new NopsError(
    'impossible',
    `the memory of this process can't be read: ${what}`,
    'An agent in the process answers without it: start it with @nops/agent.',
  );
}

/** `file` opens it from here, `path` is the process's own for it. */
function readKnown(pid: number, file: string, path: string, cacheFolder: string | undefined): V8Binary {
  return withElf(file, path, elf => {
    const { identity, stats } = elf;
    const known = knownFiles.get(identity);
    if (known !== undefined) return known;
    const folder = isOursOrRoots(rootPrefix(pid), path, stats) ? cacheFolder : undefined;
    const kept = folder === undefined ? undefined : readFacts(folder, identity);
    const binary = kept ?? factsOf(elf);
    remember(identity, binary);
    if (kept === undefined && folder !== undefined) writeFacts(folder, identity, binary);
    return binary;
  });
}

/** Whatever is wrong with the file is a refusal. */
function withElf<T>(file: string, path: string, use: (elf: ElfFile) => T): T {
  let elf: ElfFile | undefined;
  try {
    elf = new ElfFile(file);
    return use(elf);
  } catch (error) {
    if (error instanceof NopsError) throw error;
    throw unknownLayout(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    elf?.close();
  }
}

function remember(identity: string, binary: V8Binary): void {
  const oldest = knownFiles.keys().next();
  if (knownFiles.size >= maxKnown && oldest.done !== true) knownFiles.delete(oldest.value);
  knownFiles.set(identity, binary);
}

function baseOf(binary: V8Binary, mappings: readonly Mapping[], path: string): number {
  if (binary.isFixed) return 0;
  const first = mappings.find(mapping => mapping.offset === 0 && filePath(mapping) === path);
  if (first === undefined) throw unknownLayout(`the beginning of ${path} is not mapped`);
  return first.start - binary.lowestAddress;
}

/** A library on disk may have been replaced since it was mapped: then its build id is not that in memory. */
function requireSameFile(memory: Memory, base: number, file: string, binary: V8Binary, path: string): void {
  const note = binary.segments.find(({ type }) => type === 4); // PT_NOTE
  if (note === undefined) return;
  const onDisk = withElf(file, path, elf => elf.bytesAt(note.address, note.fileSize));
  if (onDisk?.equals(memory.read(base + note.address, note.fileSize)) !== true) {
    throw unknownLayout(`${path} was replaced on disk since the process was started`);
  }
}

/** A process whose V8 can be read: everything that its stacks and its heap are read with. */

import { type Mapping, readMappings } from '../mappings.js';
import { Memory } from '../target-memory.js';
import { Builtins } from './builtins.js';
import { Bytecodes } from './bytecode.js';
import { Codes } from './codes.js';
import { Functions } from './functions.js';
import { Heap } from './heap.js';
import { findIsolates } from './isolates.js';
import { layoutOf } from './layout.js';
import { type LocatedV8, locateV8, unknownLayout } from './locate.js';

export interface V8Process {
  pid: number;
  memory: Memory;
  located: LocatedV8;
  heap: Heap;
  functions: Functions;
  bytecodes: Bytecodes;
  codes: Codes;
  builtins: Builtins;
  /** The isolate of each thread that has one, by thread id. */
  isolates: Map<number, number>;
  mappings: readonly Mapping[];
  /** Reads the mappings anew: code comes and goes. */
  remap(): void;
  /** Finds isolates anew: threads come and go. */
  findThreads(): void;
  /** Reads mappings and isolates anew. */
  refresh(): void;
  /** Forgets all addresses of objects: the collector moves them. */
  forget(): void;
  close(): void;
}

/** Isolates by thread id, of all threads that run JavaScript, or of those that are asked for. */
export type FindIsolates = typeof findIsolates;

/**
 * Opens `pid` for reading. `cacheFolder`: where facts about executables are kept, undefined for nowhere. Throws `no-target`,
 * `no-permission`, and `impossible` with the check that failed when its V8 is not one that is known.
 */
export function openV8(pid: number, cacheFolder?: string, find: FindIsolates = findIsolates): V8Process {
  if (process.arch !== 'x64') throw unknownLayout(`nops reads memory on x86-64 only, and this is ${process.arch}`);
  const memory = new Memory(pid);
  try {
    return assemble(pid, memory, cacheFolder, find);
  } catch (error) {
    memory.close();
    throw error;
  }
}

function assemble(pid: number, memory: Memory, cacheFolder: string | undefined, find: FindIsolates): V8Process {
  const mappings = readMappings(pid);
  if (mappings.some(({ path }) => /\/ld-musl-/.test(path))) {
    throw unknownLayout('its C library is musl (Alpine), whose threads are laid out in another way');
  }
  const located = locateV8(memory, mappings, cacheFolder);
  const heap = new Heap(memory, layoutOf(located.binary));
  const result: V8Process = {
    pid,
    memory,
    located,
    heap,
    functions: new Functions(heap),
    bytecodes: new Bytecodes(heap),
    codes: new Codes(heap, mappings),
    builtins: new Builtins(located, mappings),
    isolates: find(memory, mappings, located, heap),
    mappings,
    remap() {
      result.mappings = readMappings(pid);
      result.codes.remap(result.mappings);
      result.builtins.remap(result.mappings);
    },
    findThreads() {
      result.isolates = find(memory, result.mappings, located, heap);
    },
    refresh() {
      result.remap();
      result.findThreads();
    },
    forget() {
      heap.forget();
      result.functions.forget();
      result.bytecodes.forget();
      result.codes.forget();
    },
    close: () => memory.close(),
  };
  return result;
}

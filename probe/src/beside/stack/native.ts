/**
 * C++ frames below the place where JavaScript called C++. Node is built with frame pointers, its libraries are not: so a frame is a word
 * that holds its caller's frame pointer, with a return address behind it, looked for from the caller downwards.
 */

import { basename } from 'node:path';
import { ElfFile, type ElfFunction } from '../elf/elf-file.js';
import { filePath, findMapping, reachablePath } from '../mappings.js';
import type { V8Process } from '../v8/process.js';
import { demangle } from './demangle.js';
import type { RawFrame } from './frames.js';
import type { StackCopy } from './stack-copy.js';

const maxFrames = 200;
const maxSymbolBytes = 1 << 20;

/** The C++ frames called from the frame at `fp`, innermost first: that is where the thread is, at `pc`. */
export function nativeFrames(v8: V8Process, stack: StackCopy, fp: number, pc: number): RawFrame[] {
  const found: RawFrame[] = [];
  let caller = fp;
  while (found.length < maxFrames) {
    const at = callee(v8, stack, caller);
    if (at === undefined) break;
    found.push(nativeFrame(stack.word(at + 8)));
    caller = at;
  }
  // Names are of the call before an address; where the thread is there may be none.
  return [nativeFrame(pc + 1), ...found.reverse()];
}

function callee(v8: V8Process, stack: StackCopy, caller: number): number | undefined {
  for (let at = caller - 16; at >= stack.start; at -= 8) {
    if (stack.word(at) !== caller) continue;
    const mapping = findMapping(v8.mappings, stack.word(at + 8));
    if (mapping !== undefined && mapping.mode[2] === 'x' && mapping.path !== '') return at;
  }
  return undefined;
}

export function nativeFrame(pc: number): RawFrame {
  return {
    kind: 'native',
    shared: undefined,
    position: -1,
    tier: undefined,
    builtin: undefined,
    inlined: false,
    callee: undefined,
    receiver: undefined,
    pc,
  };
}

/** Names C++ functions. Reading the symbols of Node takes some hundred milliseconds, so it is done when a name is asked for. */
export class NativeNames {
  readonly #v8: V8Process;
  readonly #files = new Map<string, Symbols | undefined>();

  constructor(v8: V8Process) {
    this.#v8 = v8;
  }

  /** The function that an address returns into, and the file it is in; the name is empty where the file has no symbol for it. */
  at(pc: number): { name: string; file: string } {
    const routine = this.#v8.builtins.nameAt(pc);
    if (routine !== undefined && routine !== '?') return { name: routine, file: basename(this.#v8.located.path) };
    const mapping = findMapping(this.#v8.mappings, pc);
    const path = mapping === undefined ? '' : filePath(mapping);
    if (mapping === undefined || !path.startsWith('/')) return { name: '', file: '' };
    const symbols = this.#symbols(path);
    const first = this.#v8.mappings.find(other => filePath(other) === path)?.start ?? 0;
    // Fixed executables are mapped where their addresses say; others from their first mapping on.
    const base = path === this.#v8.located.path ? this.#v8.located.base : first - (symbols?.lowest ?? 0);
    return { name: symbols === undefined ? '' : nameIn(symbols, pc - 1 - base), file: basename(path) };
  }

  #symbols(path: string): Symbols | undefined {
    if (this.#files.has(path)) return this.#files.get(path);
    const file = path === this.#v8.located.path ? this.#v8.located.reachablePath : reachablePath(this.#v8.pid, path);
    const found = readFunctions(file);
    this.#files.set(path, found);
    return found;
  }
}

interface Symbols {
  elf: ElfFile;
  functions: ElfFunction[];
  lowest: number;
}

function readFunctions(file: string): Symbols | undefined {
  let elf: ElfFile | undefined;
  try {
    elf = new ElfFile(file);
    return { elf, functions: elf.functions(), lowest: elf.lowestAddress };
  } catch {
    return undefined; // no symbols, or no file that may be opened: its name has to do
  } finally {
    elf?.close();
  }
}

function nameIn({ elf, functions }: Symbols, address: number): string {
  let low = 0;
  let high = functions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((functions[middle]?.value ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  const symbol = functions[low - 1];
  if (symbol === undefined || address >= symbol.value + Math.min(Math.max(symbol.size, 1), maxSymbolBytes)) return '';
  return demangle(elf.nameOf(symbol).split('@', 1).join(''));
}

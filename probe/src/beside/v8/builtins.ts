/**
 * Which of V8's built-in routines an address is in. They lie in the executable and, so that calls stay short, are mapped a second time
 * near compiled code (isolate.cc, InitializeIsShortBuiltinCallsEnabled): that mapping is found by its place in the file.
 */

import { filePath, findMapping, type Mapping } from '../mappings.js';
import type { LocatedV8 } from './locate.js';

/** A call may be the last instruction of a routine; its return address then lies behind, in the padding. */
const paddingBytes = 64;
const PT_LOAD = 1;

export class Builtins {
  readonly #located: LocatedV8;
  #mappings: readonly Mapping[] = [];
  #moved: { start: number; end: number; delta: number }[] = [];

  constructor(located: LocatedV8, mappings: readonly Mapping[]) {
    this.#located = located;
    this.remap(mappings);
  }

  /** Takes over newer mappings. */
  remap(mappings: readonly Mapping[]): void {
    this.#mappings = mappings;
    const { path, base, binary } = this.#located;
    const loads = binary.segments.filter(({ type }) => type === PT_LOAD);
    this.#moved = mappings.flatMap(mapping => {
      if (mapping.mode[2] !== 'x' || filePath(mapping) !== path) return [];
      const segment = loads.find(
        ({ offset, fileSize }) => mapping.offset >= offset - (offset % 4096) && mapping.offset < offset + fileSize,
      );
      if (segment === undefined) return [];
      const address = segment.address + (mapping.offset - segment.offset);
      return mapping.start === base + address
        ? []
        : [{ start: mapping.start, end: mapping.end, delta: mapping.start - address }];
    });
  }

  /** Names are known. In a stripped executable only "some routine of the executable" is. */
  get isNamed(): boolean {
    return this.#located.binary.builtins.names.length > 0;
  }

  /** The routine's name without `Builtins_`, `?` for code of the executable where names are not known; undefined outside. */
  nameAt(pc: number): string | undefined {
    if (!this.isNamed) return (findMapping(this.#mappings, pc)?.path ?? '') === '' ? undefined : '?';
    const direct = this.#find(pc - this.#located.base);
    if (direct !== undefined) return direct;
    const moved = this.#moved.find(({ start, end }) => pc >= start && pc < end);
    return moved === undefined ? undefined : this.#find(pc - moved.delta);
  }

  #find(address: number): string | undefined {
    const { names, starts, ends } = this.#located.binary.builtins;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return address < (ends[low - 1] ?? 0) + paddingBytes ? names[low - 1] : undefined;
  }
}

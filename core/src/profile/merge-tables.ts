/** The tables of a merge: mappings, functions and locations, each stored once, numbered in the order in which samples refer to them. */

import type { Mapping, Profile } from './model.js';

/** A profile's own numbers → those of the merge; −1 while nothing referred to one yet. */
export interface Adopted {
  location(l: number): number;
}

/** Sizes of mappings are compared in pages of this size: the last one is not always counted alike. */
const pageBytes = 0x1000n;

export class TableMerger {
  readonly #mappings: Mapping[] = [];
  readonly #mappingIds = new Map<string, number>();
  readonly #functionIds = new Map<string, number>();
  readonly #locationIds = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #systemNames: string[] = [];
  readonly #files: string[] = [];
  readonly #startLines: number[] = [];
  readonly #lineStarts: number[] = [0];
  readonly #lineFunctions: number[] = [];
  readonly #lines: number[] = [];
  readonly #columns: number[] = [];
  readonly #addresses: bigint[] = [];
  readonly #locationMappings: number[] = [];
  readonly #folded: number[] = [];

  adopt(profile: Profile): Adopted {
    // The first mapping is the program itself, and stays first.
    const [main] = profile.mappings;
    if (this.#mappings.length === 0 && main !== undefined) this.#mapping(main);
    const locations = new Int32Array(profile.lineStarts.length - 1).fill(-1);
    const functions = new Int32Array(profile.functionNames.length).fill(-1);
    const functionOf = (f: number): number => {
      const known = functions[f] ?? -1;
      if (known >= 0) return known;
      functions[f] = this.#function(profile, f);
      return functions[f] ?? 0;
    };
    return {
      location: l => {
        const known = locations[l] ?? -1;
        if (known >= 0) return known;
        locations[l] = this.#location(profile, l, functionOf);
        return locations[l] ?? 0;
      },
    };
  }

  columns() {
    return {
      lineStarts: Uint32Array.from(this.#lineStarts),
      lineFunctions: Uint32Array.from(this.#lineFunctions),
      lines: Int32Array.from(this.#lines),
      columns: Int32Array.from(this.#columns),
      addresses: BigUint64Array.from(this.#addresses),
      locationMappings: Uint32Array.from(this.#locationMappings),
      folded: Uint8Array.from(this.#folded),
      functionNames: this.#names,
      functionSystemNames: this.#systemNames,
      functionFiles: this.#files,
      functionStartLines: Int32Array.from(this.#startLines),
      mappings: this.#mappings,
    };
  }

  /** Address spaces are laid out at random: mappings of the same file, size and offset are one. */
  #mapping(mapping: Mapping): number {
    const pages = (BigInt.asUintN(64, mapping.limit - mapping.start) + pageBytes - 1n) / pageBytes;
    const file = mapping.buildId === '' ? mapping.file : mapping.buildId;
    return numberOf(this.#mappingIds, `${pages}\n${mapping.offset}\n${file}`, () => void this.#mappings.push(mapping));
  }

  #function(profile: Profile, f: number): number {
    const name = profile.functionNames[f] ?? '';
    const systemName = profile.functionSystemNames[f] ?? '';
    const file = profile.functionFiles[f] ?? '';
    const startLine = profile.functionStartLines[f] ?? 0;
    return numberOf(this.#functionIds, `${name}\0${systemName}\0${file}\0${startLine}`, () => {
      this.#names.push(name);
      this.#systemNames.push(systemName);
      this.#files.push(file);
      this.#startLines.push(startLine);
    });
  }

  #location(profile: Profile, l: number, functionOf: (f: number) => number): number {
    const own = profile.mappings[(profile.locationMappings[l] ?? 0) - 1];
    const mapping = own === undefined ? 0 : this.#mapping(own) + 1;
    const start = own?.start ?? 0n;
    const offset = BigInt.asUintN(64, (profile.addresses[l] ?? 0n) - start);
    const folded = profile.folded[l] ?? 0;
    const from = profile.lineStarts[l] ?? 0;
    const to = profile.lineStarts[l + 1] ?? 0;
    // With columns, which Go's leaves out: two calls inlined into one line are two locations.
    let key = `${offset} ${mapping} ${folded}`;
    for (let k = from; k < to; k++)
      key += ` ${functionOf(profile.lineFunctions[k] ?? 0)}:${profile.lines[k]}:${profile.columns[k]}`;
    return numberOf(this.#locationIds, key, () => {
      for (let k = from; k < to; k++) {
        this.#lineFunctions.push(functionOf(profile.lineFunctions[k] ?? 0));
        this.#lines.push(profile.lines[k] ?? 0);
        this.#columns.push(profile.columns[k] ?? 0);
      }
      this.#lineStarts.push(this.#lines.length);
      this.#addresses.push(BigInt.asUintN(64, offset + (this.#mappings[mapping - 1]?.start ?? 0n)));
      this.#locationMappings.push(mapping);
      this.#folded.push(folded);
    });
  }
}

/** The number of `key`, counted from 0 in the order of arrival; `add` is called for a new one. */
function numberOf(ids: Map<string, number>, key: string, add: () => void): number {
  const known = ids.get(key);
  if (known !== undefined) return known;
  const id = ids.size;
  ids.set(key, id);
  add();
  return id;
}

/**
 * The source maps of the compiled files that a profile names, each read at most once. Whatever is wrong with a map, it is as if there were none:
 * the lines that ran are still worth showing.
 */

import type { CodePlace, OriginalPlace } from '@nops/core/profile/map-places';
import { type FoundMap, pathOf, readMap, traceMapping } from '@nops/probe/source-maps/read-map';
import { isOnePlace } from './one-place.js';
import { originalName } from './original-name.js';

/** Files that are looked into, and the text of all maps that are kept: decoded they take several times as much. */
const maxFiles = 4096;
const maxKeptLength = 256 << 20;

interface Mapped extends FoundMap {
  /** The compiled file's lines, for the names in them. */
  lines: string[];
}

/** Each gives undefined for what can't or must not be read. */
export interface Readers {
  /** A file that the profile names, and where it is. */
  compiled(file: string): { path: string; text: string } | undefined;
  /** The file of the map of the compiled file at `of`. */
  map(path: string, maxBytes: number, of: string): string | undefined;
}

export class MappedFiles {
  readonly #read: Readers;
  readonly #files = new Map<string, Mapped | undefined>();
  readonly #contents = new Map<string, string>();
  #keptLength = 0;

  constructor(read: Readers) {
    this.#read = read;
  }

  /**
   * undefined where no map covers the place. A place without a column is that of the first code on its line, if all the line's code is from one
   * part of one source: of a minified line nobody can tell.
   */
  original(place: CodePlace): OriginalPlace | undefined {
    const mapped = place.line < 1 ? undefined : this.#mapOf(place.file);
    try {
      return mapped === undefined ? undefined : this.#originalIn(mapped, place);
    } catch {
      return undefined; // mappings are decoded when the first is asked for
    }
  }

  #originalIn(mapped: Mapped, place: CodePlace): OriginalPlace | undefined {
    const { name, line, column } = place;
    const { originalPositionFor, GREATEST_LOWER_BOUND, LEAST_UPPER_BOUND } = traceMapping();
    const bias = column < 1 ? LEAST_UPPER_BOUND : GREATEST_LOWER_BOUND;
    const found = originalPositionFor(mapped.map, { line, column: Math.max(0, column - 1), bias });
    if (column < 1 && !isOnePlace(mapped.map, line)) return undefined;
    // Numbers of a damaged map lead to no source, or before its first line.
    if (typeof found.source !== 'string' || found.line < 1) return undefined;
    const defined = { line: place.definedLine, column: place.definedColumn };
    const source = pathOf(found.source) ?? found.source;
    this.#keep(mapped, found.source, source);
    return {
      name: originalName(mapped.map, mapped.lines, name, defined) ?? name,
      file: source,
      line: found.line,
      column: column < 1 ? 0 : found.column + 1,
      map: mapped.path,
    };
  }

  /** The source that the map at `map` has inside, of a file that `original` told. */
  contentOf(file: string, map: string): { text: string } | undefined {
    const text = this.#contents.get(contentKey(file, map));
    return text === undefined ? undefined : { text };
  }

  #keep({ map, path }: Mapped, source: string, file: string): void {
    const key = contentKey(file, path);
    if (this.#contents.has(key)) return;
    const text = traceMapping().sourceContentFor(map, source);
    if (text !== null) this.#contents.set(key, text);
  }

  #mapOf(file: string): Mapped | undefined {
    if (file === '' || this.#files.has(file)) return this.#files.get(file);
    if (this.#files.size >= maxFiles || this.#keptLength >= maxKeptLength) return undefined;
    this.#files.set(file, undefined); // also when reading it throws
    try {
      const found = this.#read.compiled(file);
      if (found === undefined) return undefined;
      const map = readMap(found.path, found.text, (path, maxBytes) => this.#read.map(path, maxBytes, found.path));
      if (map === undefined) return undefined;
      this.#keptLength += map.length;
      this.#files.set(file, { ...map, lines: found.text.split('\n') });
    } catch {
      // a map may hold anything
    }
    return this.#files.get(file);
  }
}

function contentKey(file: string, map: string): string {
  return `${map}\0${file}`;
}

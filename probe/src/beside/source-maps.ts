/**
 * From a place in a script that runs to the place in what it was made of: source maps (ECMA-426), found by the comment at the end of the
 * script. Files are the target's, as it sees them; what is told is never more than a line of a map, and no map is no error.
 */

import { pathToFileURL } from 'node:url';
import type { TraceMap } from '@jridgewell/trace-mapping';
import { maxScriptBytes, pathOf, readMap, traceMapping } from '../source-maps/read-map.js';
import { rootPrefix } from './namespaces.js';
import { readForeign } from './open-foreign.js';

export interface Place {
  /** A `file:` URL, or a path when the script was given as one; sources elsewhere have their own scheme (`webpack://…`). */
  url: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
}

/** Of all maps that are kept. Decoded they take several times as much. */
const maxKeptBytes = 128 << 20;
const maxFiles = 256;

/** The source maps of one process's scripts, each file read at most once. */
export class SourceMaps {
  readonly #pid: number;
  readonly #maps = new Map<string, TraceMap | undefined>();
  #keptBytes = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * Where line and column (1-based) of the script `url` come from. undefined without a map: not a file, no comment, a map that can't be
   * read or does not cover the place, or too many maps already. Never throws.
   */
  original({ url, line, column }: Place): Place | undefined {
    const path = pathOf(url);
    if (path === undefined || line < 1 || column < 1) return undefined;
    try {
      const map = this.#mapOf(path);
      if (map === undefined) return undefined;
      const found = traceMapping().originalPositionFor(map, { line, column: column - 1 });
      if (found.source === null) return undefined;
      return { url: sourceUrl(found.source, url.startsWith('/')), line: found.line, column: found.column + 1 };
    } catch {
      return undefined; // a map may hold anything
    }
  }

  #mapOf(path: string): TraceMap | undefined {
    if (!this.#maps.has(path)) {
      if (this.#maps.size >= maxFiles || this.#keptBytes >= maxKeptBytes) return undefined;
      this.#maps.set(path, undefined); // also when reading it throws
      this.#maps.set(path, this.#readMap(path));
    }
    return this.#maps.get(path);
  }

  #readMap(script: string): TraceMap | undefined {
    const root = rootPrefix(this.#pid);
    const text = readForeign(root + script, maxScriptBytes);
    const found =
      text === undefined ? undefined : readMap(script, text, (path, most) => readForeign(root + path, most));
    this.#keptBytes += found?.length ?? 0;
    return found?.map;
  }
}

/** Tools differ in what they escape. */
function sourceUrl(source: string, asPath: boolean): string {
  const path = pathOf(source);
  if (path === undefined) return source;
  return asPath ? path : pathToFileURL(path).href;
}

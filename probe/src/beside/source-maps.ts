/**
 * From a place in a script that runs to the place in what it was made of: source maps (ECMA-426), found by the comment at the end of the
 * script. Files are the target's, as it sees them; what is told is never more than a line of a map, and no map is no error.
 */

import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { EncodedSourceMap, SectionedSourceMap, TraceMap } from '@jridgewell/trace-mapping';
import { rootPrefix } from './namespaces.js';
import { readRegularFile } from './safe-files.js';
import { isOnSlowMount } from './slow-mounts.js';

export interface Place {
  /** A `file:` URL, or a path when the script was given as one; sources elsewhere have their own scheme (`webpack://…`). */
  url: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
}

const maxScriptBytes = 32 << 20;
const maxMapBytes = 64 << 20;
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
      const found = library().originalPositionFor(map, { line, column: column - 1 });
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
    const url = mapUrl(this.#read(script, maxScriptBytes) ?? '');
    if (url === undefined) return undefined;
    const at = new URL(url, pathToFileURL(script));
    const text = at.protocol === 'data:' ? decodeData(url) : this.#readUrl(at);
    if (text === undefined || text.length > maxMapBytes) return undefined;
    this.#keptBytes += text.length;
    // Some tools write a line before the JSON that keeps it from being run as a script.
    const json = JSON.parse(text.replace(/^\)\]\}'?[^\n]*\n/, '')) as EncodedSourceMap | SectionedSourceMap;
    return new (library().FlattenMap)(json, (at.protocol === 'data:' ? pathToFileURL(script) : at).href);
  }

  #readUrl(url: URL): string | undefined {
    const path = pathOf(url.href);
    return path === undefined ? undefined : this.#read(path, maxMapBytes);
  }

  #read(path: string, maxBytes: number): string | undefined {
    if (isOnSlowMount(this.#pid, path)) return undefined;
    return readRegularFile(path, rootPrefix(this.#pid), maxBytes);
  }
}

/** The path of a `file:` URL or of what is one already; undefined for scripts that are no files. */
function pathOf(url: string): string | undefined {
  if (url.startsWith('/')) return url;
  if (!url.startsWith('file:///')) return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** Tools differ in what they escape. */
function sourceUrl(source: string, asPath: boolean): string {
  const path = pathOf(source);
  if (path === undefined) return source;
  return asPath ? path : pathToFileURL(path).href;
}

/** What the last `//# sourceMappingURL=` says, with nothing but comments and space after it. */
function mapUrl(script: string): string | undefined {
  const at = script.lastIndexOf('sourceMappingURL=');
  if (at < 0 || !/\/[/*][#@][ \t]$/.test(script.slice(Math.max(0, at - 4), at))) return undefined;
  const rest = script.slice(at + 'sourceMappingURL='.length);
  const length = rest.search(/[\s'"]|\*\/|$/);
  const after = rest.slice(length).replace(/^[ \t]*\*\//, '');
  return /^(?:\s*(?:\/\/.*)?(?:\n|$))*\s*$/.test(after) ? rest.slice(0, length) : undefined;
}

/** The text in `data:application/json;charset=utf-8;base64,…`. */
function decodeData(url: string): string | undefined {
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const body = url.slice(comma + 1);
  return /;base64$/i.test(url.slice(0, comma)) ? Buffer.from(body, 'base64').toString() : decodeURIComponent(body);
}

type Library = typeof import('@jridgewell/trace-mapping');

let loaded: Library | undefined;

/** Loaded when the first map is there, and at once: what asks can't wait. */
function library(): Library {
  loaded ??= createRequire(import.meta.url)('@jridgewell/trace-mapping') as Library;
  return loaded;
}

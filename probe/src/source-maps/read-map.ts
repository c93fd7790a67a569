/**
 * The source map (ECMA-426) of a script: found by the comment at the script's end, inline or in a file. Reading files is the caller's, who knows
 * whose they are; nothing is ever fetched.
 */

import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { EncodedSourceMap, SectionedSourceMap, TraceMap } from '@jridgewell/trace-mapping';

/** Text of a script, in bytes: larger ones are not looked into. */
export const maxScriptBytes = 32 << 20;
const maxMapBytes = 64 << 20;

export interface FoundMap {
  map: TraceMap;
  /** Where it was read; the script's own path when it is inline. */
  path: string;
  /** Of its text. Decoded it takes several times as much. */
  length: number;
}

/** A file's text, at most `maxBytes` of it; undefined: it can't be read. */
export type ReadText = (path: string, maxBytes: number) => string | undefined;

/** The map of the script at `path`, an absolute one. undefined without a comment or a file to read; throws for a map that is damaged. */
export function readMap(path: string, script: string, read: ReadText): FoundMap | undefined {
  const url = mapUrl(script);
  if (url === undefined) return undefined;
  const at = new URL(url, pathToFileURL(path));
  const isInline = at.protocol === 'data:';
  const file = isInline ? path : pathOf(at.href);
  if (file === undefined) return undefined;
  const text = isInline ? decodeData(url) : read(file, maxMapBytes);
  if (text === undefined || text.length > maxMapBytes) return undefined;
  // Some tools write a line before the JSON that keeps it from being run as a script.
  const json = JSON.parse(text.replace(/^\)\]\}'?[^\n]*\n/, '')) as EncodedSourceMap | SectionedSourceMap;
  return { map: new (traceMapping().FlattenMap)(json, pathToFileURL(file).href), path: file, length: text.length };
}

/** The path of a `file:` URL or of what is one already; undefined for what is no file. */
export function pathOf(url: string): string | undefined {
  if (url.startsWith('/')) return url;
  if (!url.startsWith('file:///')) return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** What the last `//# sourceMappingURL=` says, with nothing but comments and space after it. */
function mapUrl(script: string): string | undefined {
  const at = script.lastIndexOf('sourceMappingURL=');
  if (at < 0 || !/\/[/*][#@][ \t]$/.test(script.slice(Math.max(0, at - 4), at))) return undefined;
  const rest = script.slice(at + 'sourceMappingURL='.length);
  const length = rest.search(/[\s'"]|\*\/|$/);
  const after = rest.slice(length).replace(/^[ \t]*\*\//, '');
  const isLast = after.split('\n').every(line => line.trim() === '' || line.trimStart().startsWith('//'));
  return isLast ? rest.slice(0, length) : undefined;
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
export function traceMapping(): Library {
  loaded ??= createRequire(import.meta.url)('@jridgewell/trace-mapping') as Library;
  return loaded;
}

/**
 * Node's version of a process, read from its executable's file without running it.
 *
 * Every build holds process.release.sourceUrl, `https://nodejs.org/download/release/v20.19.0/node-v20.19.0.tar.gz`, in .rodata
 * (src/node_metadata.cc): the only text of this form in Node 18 to 26, official and Debian's libnode alike, 0.2 to 0.4 MB from the
 * section's start. The bare `v20.19.0` is no good: the linker merges it into the tails of these URLs.
 */

import { BoundedFile } from './elf/bounded-file.js';
import { findSection } from './elf/section.js';
import { fileIdentity } from './file-identity.js';
import { libnodePath } from './libnode.js';
import { reachablePath } from './mappings.js';
import { openForeign } from './open-foreign.js';
import { orUndefined, procPath } from './procfs.js';

const anchor = '/node-v';
const afterAnchor = /^(\d+\.\d+\.\d+[-.\w+]*?)(?:-headers)?\.tar\.gz/;
const chunkBytes = 512 << 10;
/** A section may claim any size. */
const maxSearchedBytes = 32 << 20;
/** What can follow an anchor that ends a chunk: `26.0.0-nightly20251231abcdef1234-headers.tar.gz`. */
const overlapBytes = 128;

/** Versions by file, so that many processes of one binary cost one look. Bounded: the oldest goes. */
const cache = new Map<string, string | null>();
const maxCached = 64;

/** Node's version of `pid` without the `v`; null when it can't be read or is not in the file. Never throws for a process that ended. */
export function readNodeVersion(pid: number): string | null {
  if (pid === process.pid) return process.versions.node;
  const own = versionOfFile(`${procPath(pid)}/exe`);
  if (own !== null) return own;
  const library = libnodePath(pid);
  return library === undefined ? null : versionOfFile(reachablePath(pid, library));
}

/** Node's version in an executable or library; null when the file can't be read or holds none. Reads up to .rodata's first hit. */
export function versionOfFile(path: string): string | null {
  const opened = orUndefined(() => openForeign(path));
  if (opened === undefined) return null;
  const file = new BoundedFile(opened);
  try {
    const key = fileIdentity(opened.descriptor);
    const known = cache.get(key);
    if (known !== undefined) return known;
    const version = search(file) ?? null;
    remember(key, version);
    return version;
  } finally {
    file.close();
  }
}

function remember(key: string, version: string | null): void {
  const oldest = cache.keys().next();
  if (cache.size >= maxCached && oldest.done !== true) cache.delete(oldest.value);
  cache.set(key, version);
}

function search(file: BoundedFile): string | undefined {
  const section = findSection(file, '.rodata');
  if (section === undefined) return undefined;
  for (let at = 0; at < Math.min(section.size, maxSearchedBytes); at += chunkBytes) {
    const chunk = file.read(section.offset + at, Math.min(chunkBytes + overlapBytes, section.size - at));
    const version = searchChunk(chunk);
    if (version !== undefined) return version;
  }
  return undefined;
}

function searchChunk(chunk: Buffer): string | undefined {
  for (let at = chunk.indexOf(anchor); at >= 0; at = chunk.indexOf(anchor, at + 1)) {
    const start = at + anchor.length;
    const match = afterAnchor.exec(chunk.toString('latin1', start, start + overlapBytes));
    if (match?.[1] !== undefined) return match[1];
  }
  return undefined;
}

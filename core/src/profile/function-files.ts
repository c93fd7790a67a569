/** The files that a profile in the pprof format says its functions are in, without reading its samples. Its bytes are decompressed already. */

import { readFunctions } from './proto/read-tables.js';
import { findSections } from './proto/sections.js';
import { StringTable } from './proto/string-table.js';
import { WireReader } from './proto/wire-reader.js';

export function functionFiles(bytes: Uint8Array): string[] {
  const sections = findSections(bytes);
  const strings = new StringTable(bytes, sections.strings);
  return readFunctions(new WireReader(bytes), sections, strings).functions.functionFiles;
}

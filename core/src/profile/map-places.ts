/**
 * A profile of compiled code with the places of its sources: what a source map tells, line by line. Reading maps is the caller's. A line that no
 * map covers stays as it is, so one function may end up in two files.
 */

import type { Profile } from './model.js';

/** A line of a function. Lines and columns are 1-based, 0 when unknown; its definition tells what it is called in the source. */
export interface CodePlace {
  name: string;
  file: string;
  line: number;
  column: number;
  definedLine: number;
  definedColumn: number;
}

export interface OriginalPlace {
  name: string;
  /** As the map calls it: a path, or a URL of its own scheme. */
  file: string;
  line: number;
  column: number;
  /** The file with the map. */
  map: string;
}

export type OriginalOf = (place: CodePlace) => OriginalPlace | undefined;

/** Where a function of a mapped profile came from. */
export interface Origin {
  generatedName: string;
  generatedFile: string;
  /** What the map calls its file, whatever the profile's paths become. */
  source: string;
  map: string;
}

export interface MappedProfile {
  profile: Profile;
  /** By function number; undefined for those that are as they were. */
  origins: readonly (Origin | undefined)[];
}

export function mapPlaces(profile: Profile, originalOf: OriginalOf): MappedProfile {
  const { functionNames, functionFiles, functionStartLines } = profile;
  const defined = definedColumns(profile);
  const names = [...functionNames];
  const systemNames = [...profile.functionSystemNames];
  const files = [...functionFiles];
  const starts = [...functionStartLines];
  const origins: (Origin | undefined)[] = functionNames.map(() => undefined);
  const known = new Map<string, number>();
  const lineFunctions = profile.lineFunctions.slice();
  const lines = profile.lines.slice();
  const columns = profile.columns.slice();
  for (const [k, f] of profile.lineFunctions.entries()) {
    const definedLine = functionStartLines[f] ?? 0;
    const [line, column] = [lines[k] ?? 0, columns[k] ?? 0];
    const definedColumn = line === definedLine && column > 0 ? column : (defined[f] ?? 0);
    const [name, file] = [functionNames[f] ?? '', functionFiles[f] ?? ''];
    const original = originalOf({ name, file, line, column, definedLine, definedColumn });
    if (original === undefined) continue;
    const key = JSON.stringify([original.name, original.file, name, file]);
    let number = known.get(key);
    if (number === undefined) {
      number = names.push(original.name) - 1;
      known.set(key, number);
      systemNames.push(name);
      files.push(original.file);
      starts.push(0);
      origins.push({ generatedName: name, generatedFile: file, source: original.file, map: original.map });
    }
    lineFunctions[k] = number;
    lines[k] = original.line;
    columns[k] = original.column;
  }
  const functions = {
    functionNames: names,
    functionSystemNames: systemNames,
    functionFiles: files,
    functionStartLines: Int32Array.from(starts),
  };
  return { profile: { ...profile, ...functions, lineFunctions, lines, columns }, origins };
}

/** By function, the column at which it is defined; 0 when no frame tells, or frames tell several: minified names are used again. */
function definedColumns({ lineFunctions, lines, columns, functionStartLines }: Profile): Uint32Array {
  const found = new Uint32Array(functionStartLines.length);
  const several = new Set<number>();
  for (const [k, f] of lineFunctions.entries()) {
    const column = columns[k] ?? 0;
    if (column <= 0 || lines[k] !== functionStartLines[f]) continue;
    const before = found[f] ?? 0;
    if (before !== 0 && before !== column) several.add(f);
    found[f] = column;
  }
  for (const f of several) found[f] = 0;
  return found;
}

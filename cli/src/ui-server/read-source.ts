/**
 * The text of a source file for the page. Only what a profile on the page names is read, and only where the name leads straight to the
 * file: a link, or a path that leads back, must be named with what it leads to. Of a compiled file it is the source that its map leads to: a
 * map, and a source that is not in the map itself, are read in the compiled file's package only.
 */

import { isAbsolute } from 'node:path';
import { maxPlaces, type SourceResult } from '@nops/core/profile/origin';
import { lookAtForeignOrThrow } from '@nops/probe/beside/open-foreign';
import { maxScriptBytes } from '@nops/probe/source-maps/read-map';
import { linesOf } from '../source-maps/lines-of.js';
import { MappedFiles } from '../source-maps/mapped-files.js';
import { inWords, isSourceName, maxSourceBytes, openReal, openWithin } from './open-source.js';
import { packageRoot } from './package-root.js';
import { repositoryOf } from './repository.js';

type Answer = Omit<SourceResult, 'schema'>;
type Place = readonly [line: number, column: number];

export class SourceReader {
  readonly #isNamed: (file: string) => Promise<boolean>;
  /** Asked only for files that a profile names, by their real paths. */
  readonly #maps = new MappedFiles({
    compiled(file) {
      const opened = openReal(file, maxScriptBytes);
      return 'why' in opened ? undefined : { path: file, text: opened.text };
    },
    map(path, maxBytes, of) {
      const opened = openWithin(packageRoot(of), path, real => real.endsWith('.map'), maxBytes);
      return 'why' in opened ? undefined : opened.text;
    },
  });

  constructor(isNamed: (file: string) => Promise<boolean>) {
    this.#isNamed = isNamed;
  }

  /** `ask` is a `SourceAsk`, or whatever was sent instead. */
  async read(ask: unknown): Promise<SourceResult> {
    const { file, places } = (ask as { file?: unknown; places?: unknown } | undefined | null) ?? {};
    return { schema: 'nops.ui-source/1', lines: [], ...(await this.#read(file, placesOf(places))) };
  }

  async #read(file: unknown, places: Place[]): Promise<Partial<Answer>> {
    if (typeof file !== 'string' || !isAbsolute(file)) return { why: 'this is no path of a file' };
    if (!isSourceName(file)) return { why: 'this is no source file by its name' };
    // Before the disk is looked at, so that an answer does not tell which files there are.
    if (!(await this.#isNamed(file))) return { why: 'no profile that this server sent names this file' };
    try {
      const real = lookAtForeignOrThrow(file).path;
      if (!(await this.#isNamed(real))) return { why: 'it is a link to a file that the profile does not name' };
      if (!isSourceName(real)) return { why: 'it is a link to what is no source file by its name' };
      const mapped = this.#mapped(real, places);
      if (mapped?.lines !== undefined) return { ...mapped, ...inRepository(mapped.file ?? '') };
      const opened = openReal(real, maxSourceBytes);
      return 'why' in opened ? opened : { file, lines: linesOf(opened.text), ...mapped, ...inRepository(real) };
    } catch (error) {
      return { why: inWords(error) };
    }
  }

  /** Without lines when the source can't be shown; undefined when no map leads from any of the places. */
  #mapped(real: string, places: Place[]): Partial<Answer> | undefined {
    const none = { name: '', file: real, definedLine: 0, definedColumn: 0 };
    const found = places.map(([line, column]) => this.#maps.original({ ...none, line, column }));
    const file = mostOften(found.flatMap(original => (original === undefined ? [] : [original.file])));
    const first = found.find(original => original?.file === file);
    if (file === undefined || first === undefined) return undefined;
    const opened = this.#maps.contentOf(file, first.map) ?? openOriginal(real, file);
    if ('why' in opened) return { unmapped: `its source map leads to ${file}: ${opened.why}` };
    if (opened.text.length > maxSourceBytes)
      return {
        unmapped: `its source map leads to ${file}: it has ${opened.text.length} characters, more than are shown`,
      };
    const lines = found.map(original => (original?.file === file ? original.line : 0));
    return { file, lines: linesOf(opened.text), mapped: { map: first.map, lines } };
  }
}

/** A source that a map calls by no path has none. */
function inRepository(file: string): Partial<Answer> {
  const repository = isAbsolute(file) ? repositoryOf(file) : undefined;
  return repository === undefined ? {} : { repository };
}

/** A source that is not in the map itself. */
function openOriginal(compiled: string, file: string) {
  if (!isAbsolute(file) || !isSourceName(file)) return { why: 'this is no source file by its name' };
  try {
    return openWithin(packageRoot(compiled), file, isSourceName, maxSourceBytes);
  } catch (error) {
    return { why: inWords(error) };
  }
}

function placesOf(places: unknown): Place[] {
  if (!Array.isArray(places)) return [];
  return places.slice(0, maxPlaces).flatMap((place: unknown) => {
    const [line, column] = Array.isArray(place) ? (place as unknown[]) : [];
    return isNumber(line) && isNumber(column) ? [[line, column] as const] : [[0, 0] as const];
  });
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function mostOften(names: string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/**
 * The frames of a store: a line of a function, in an object file where machine code is named. Functions are told apart by name and file, as
 * `go tool pprof -filefunctions` does.
 *
 *   frame f       functions[f], lines[f], objects[f]  → function, 1-based line or 0, number of the object file
 *                 columns[f]                          → 1-based; 0 when nobody told, or several were told: frames are not told apart by it
 *   function g    names[g], files[g], startLines[g]   → as the profile calls it; the first line that is told, or 0
 *   object o      objectNames[o]                      → '' is number 0
 */

export interface FrameTable {
  functions: Uint32Array;
  lines: Int32Array;
  columns: Uint32Array;
  objects: Uint32Array;
  names: string[];
  files: string[];
  startLines: Int32Array;
  objectNames: string[];
}

/** Of columns that were told for a frame, while it is built. */
const several = -1;

export class FrameTableBuilder {
  readonly #functionNumbers = new Map<string, number>();
  readonly #frameNumbers = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #files: string[] = [];
  readonly #startLines: number[] = [];
  readonly #objectNames = [''];
  readonly #functions: number[] = [];
  readonly #lines: number[] = [];
  readonly #columns: number[] = [];
  readonly #objects: number[] = [];

  function(name: string, file: string, startLine: number): number {
    const key = `${name}\n${file}`;
    const known = this.#functionNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#names.push(name) - 1;
    this.#functionNumbers.set(key, number);
    this.#files.push(file);
    this.#startLines.push(startLine);
    return number;
  }

  frame(functionNumber: number, line: number, column: number, object: string): number {
    const at = this.#object(object);
    const key = `${functionNumber}:${line}:${at}`;
    const known = this.#frameNumbers.get(key);
    if (known !== undefined) {
      const before = this.#columns[known] ?? 0;
      if (column > 0 && before !== column) this.#columns[known] = before === 0 ? column : several;
      return known;
    }
    const number = this.#functions.push(functionNumber) - 1;
    this.#frameNumbers.set(key, number);
    this.#lines.push(line);
    this.#columns.push(Math.max(0, column));
    this.#objects.push(at);
    return number;
  }

  finish(): FrameTable {
    return {
      functions: Uint32Array.from(this.#functions),
      lines: Int32Array.from(this.#lines),
      columns: Uint32Array.from(this.#columns, column => Math.max(0, column)),
      objects: Uint32Array.from(this.#objects),
      names: this.#names,
      files: this.#files,
      startLines: Int32Array.from(this.#startLines),
      objectNames: this.#objectNames,
    };
  }

  #object(name: string): number {
    const known = this.#objectNames.indexOf(name);
    return known >= 0 ? known : this.#objectNames.push(name) - 1;
  }
}

/**
 * The tables of the Firefox Profiler's format, which lead from a stack to its functions:
 *
 *   stackTable   frame, prefix        → the frame, and the caller's stack; since version 66 `prefixOffset`, back from it, 0 for none
 *   frameTable   func, line, column   → and since 64 `originalLocation`, where a source map led
 *   funcTable    name, lineNumber     → with `fileName`, a string; since 58 `source`, of `sources`
 *
 * Rows before others' are their callers', so a chain ends. Numbers of strings lead into `stringArray`; early versions call it `stringTable`.
 */

import { NopsError } from '../../protocol/errors.js';
import type { ProfileBuilder } from '../builder.js';
import { fileOfUrl } from '../v8-frame.js';

type Column = (number | null)[];

export interface FirefoxTables {
  stackTable: { frame: number[]; prefix?: Column; prefixOffset?: number[] };
  frameTable: { func: number[]; line?: Column; column?: Column; originalLocation?: Column };
  funcTable: { name: number[]; lineNumber?: Column; fileName?: Column; source?: Column };
  sources?: { filename: Column };
  sourceLocationTable?: { source: number[]; line: number[]; column: number[] };
  stringArray?: string[];
  stringTable?: string[];
}

interface Place {
  file: string;
  line: number;
  column: number;
  startLine: number;
}

export class FirefoxStacks {
  readonly #builder: ProfileBuilder;
  readonly #tables: FirefoxTables;
  readonly #locations = new Map<number, number>();

  /** Throws `usage` when a table is missing. */
  constructor(builder: ProfileBuilder, { stackTable, frameTable, funcTable, ...others }: Partial<FirefoxTables>) {
    if (stackTable === undefined || frameTable === undefined || funcTable === undefined)
      throw damaged('a table of its stacks is missing');
    this.#builder = builder;
    this.#tables = { stackTable, frameTable, funcTable, ...others };
  }

  /** The locations of a stack, leaf first. */
  path(leaf: number): number[] {
    const { frame, prefix, prefixOffset } = this.#tables.stackTable;
    const path: number[] = [];
    for (let stack: number | null = leaf; stack !== null; ) {
      const own: number | undefined = frame[stack];
      if (own === undefined) throw damaged('a sample names a stack that is not there');
      path.push(this.#location(own));
      const offset: number | undefined = prefixOffset?.[stack];
      const caller: number | null =
        offset === undefined ? (prefix?.[stack] ?? null) : offset === 0 ? null : stack - offset;
      if (caller !== null && !(caller >= 0 && caller < stack)) throw damaged('a stack comes before its caller');
      stack = caller;
    }
    return path;
  }

  #location(frame: number): number {
    const known = this.#locations.get(frame);
    if (known !== undefined) return known;
    const { func } = this.#tables.frameTable;
    const { name } = this.#tables.funcTable;
    const own = func[frame];
    const named = own === undefined ? undefined : name[own];
    if (own === undefined || named === undefined) throw damaged('a stack names a function that is not there');
    const { file, line, column, startLine } = this.#original(frame) ?? this.#generated(frame, own);
    const functionId = this.#builder.functionId(this.#string(named), fileOfUrl(file), startLine);
    const location = this.#builder.locationId([{ functionId, line, column }]);
    this.#locations.set(frame, location);
    return location;
  }

  #generated(frame: number, func: number): Place {
    const { frameTable, funcTable, sources } = this.#tables;
    const source = funcTable.source?.[func];
    return {
      file: this.#string(typeof source === 'number' ? sources?.filename[source] : funcTable.fileName?.[func]),
      line: positive(frameTable.line?.[frame]),
      column: positive(frameTable.column?.[frame]),
      startLine: positive(funcTable.lineNumber?.[func]),
    };
  }

  /** Where the profiler's own source maps led. */
  #original(frame: number): Place | undefined {
    const { frameTable, sources, sourceLocationTable: table } = this.#tables;
    const location = frameTable.originalLocation?.[frame];
    if (typeof location !== 'number' || table === undefined) return undefined;
    const file = this.#string(sources?.filename[table.source[location] ?? -1]);
    return { file, line: positive(table.line[location]), column: positive(table.column[location]), startLine: 0 };
  }

  #string(index: number | null | undefined): string {
    const text = (this.#tables.stringArray ?? this.#tables.stringTable)?.[index ?? -1];
    return typeof text === 'string' ? text : '';
  }
}

/** Of a line or column: 0 when it is not told. */
function positive(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < 2 ** 31 ? value : 0;
}

function damaged(why: string): NopsError {
  return new NopsError('usage', `this profile of the Firefox Profiler is damaged: ${why}`);
}

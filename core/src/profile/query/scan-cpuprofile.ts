/**
 * V8's `.cpuprofile`, read as its bytes arrive → columns of nodes and samples. Of names and addresses each different one is kept once.
 *
 *   {"nodes":[{"id":1,"callFrame":{"functionName":…,"url":…,"lineNumber":0,…},"children":[2,…],"positionTicks":[{"line":1,"ticks":1}]},…],
 *    "startTime":…,"endTime":…,"samples":[…],"timeDeltas":[…]}
 */

import { GrowingUint32 } from '../growing.js';
import { GrowingFloat64 } from '../growing-float64.js';
import { decodeText } from '../proto/utf8.js';
import { hashOf, JsonScanner, type JsonSink } from './json-scanner.js';

export interface CpuColumns {
  /** By node: its id, numbers into `texts`, and V8's line, which counts from 0; 2 more than it is, so that −1 fits. */
  ids: GrowingUint32;
  names: GrowingUint32;
  urls: GrowingUint32;
  lines: GrowingUint32;
  /** As the lines. */
  columns: GrowingUint32;
  /** Calls, as the caller's node and the callee's id; as the id of the node's parent, one more than it is, where it is told like that. */
  callers: GrowingUint32;
  callees: GrowingUint32;
  parentIds: GrowingUint32;
  /** Ticks of lines: node, line, ticks. */
  ticks: GrowingUint32;
  texts: string[];
  samples: GrowingUint32;
  deltas: GrowingFloat64;
  startTime: number;
  endTime: number;
  /** False: the file ended early. */
  isWhole: boolean;
}

const keys = [
  'nodes',
  'samples',
  'timeDeltas',
  'startTime',
  'endTime',
  'id',
  'callFrame',
  'children',
  'positionTicks',
  'parent',
  'functionName',
  'url',
  'lineNumber',
  'columnNumber',
  'line',
  'ticks',
] as const;

/** Numbers of the keys. */
const key = Object.fromEntries(keys.map((name, i) => [name, i])) as Record<(typeof keys)[number], number>;

export class CpuProfileScanner implements JsonSink {
  readonly columns: CpuColumns = {
    ids: new GrowingUint32(),
    names: new GrowingUint32(),
    urls: new GrowingUint32(),
    lines: new GrowingUint32(),
    columns: new GrowingUint32(),
    callers: new GrowingUint32(),
    callees: new GrowingUint32(),
    parentIds: new GrowingUint32(),
    ticks: new GrowingUint32(),
    texts: [''],
    samples: new GrowingUint32(),
    deltas: new GrowingFloat64(),
    startTime: 0,
    endTime: 0,
    isWhole: false,
  };
  readonly #scanner = new JsonScanner(this, keys);
  readonly #textNumbers = new Map<number, number>();
  /** What is open: the key at each depth. */
  readonly #path: number[] = [];
  #tickLine = 0;

  write(chunk: Uint8Array): void {
    this.#scanner.write(chunk);
  }

  finish(): CpuColumns {
    this.columns.isWhole = this.#scanner.isWhole;
    return this.columns;
  }

  open(depth: number, of: number): void {
    this.#path[depth] = of;
    if (depth !== 2 || this.#path[1] !== key.nodes) return;
    // A node begins.
    const { ids, names, urls, lines, columns, parentIds } = this.columns;
    for (const column of [ids, names, urls, lines, columns, parentIds]) column.push(0);
  }

  close(): void {}

  wants(depth: number, of: number): boolean {
    return depth === 4 && (of === key.functionName || of === key.url) && this.#path[3] === key.callFrame;
  }

  string(_depth: number, of: number, bytes: Uint8Array): void {
    const hash = hashOf(bytes, bytes.length);
    let number = this.#textNumbers.get(hash);
    if (number === undefined) {
      number = this.columns.texts.push(this.#decode(bytes)) - 1;
      this.#textNumbers.set(hash, number);
    }
    setLast(of === key.url ? this.columns.urls : this.columns.names, number);
  }

  number(depth: number, of: number, value: number): void {
    const { columns } = this;
    const list = this.#path[1];
    if (depth === 1) {
      if (of === key.startTime) columns.startTime = value;
      else if (of === key.endTime) columns.endTime = value;
    } else if (depth === 2) {
      if (list === key.samples) columns.samples.push(value);
      else if (list === key.timeDeltas) columns.deltas.push(value);
    } else if (list !== key.nodes) return;
    else if (depth === 3) {
      if (of === key.id) setLast(columns.ids, value);
      else if (of === key.parent) setLast(columns.parentIds, value + 1);
    } else if (depth === 4 && of === key.lineNumber) setLast(columns.lines, value + 2);
    else if (depth === 4 && of === key.columnNumber) setLast(columns.columns, value + 2);
    else if (depth === 4 && this.#path[3] === key.children) {
      columns.callers.push(columns.ids.length - 1);
      columns.callees.push(value);
    } else if (depth === 5 && of === key.line) this.#tickLine = value;
    else if (depth === 5 && of === key.ticks) {
      columns.ticks.push(columns.ids.length - 1);
      columns.ticks.push(this.#tickLine);
      columns.ticks.push(value);
    }
  }

  #decode(bytes: Uint8Array): string {
    const text = decodeText(bytes);
    if (!text.includes('\\')) return text;
    try {
      return String(JSON.parse(`"${text}"`));
    } catch {
      return text;
    }
  }
}

function setLast(column: GrowingUint32, value: number): void {
  column.array[column.length - 1] = value;
}

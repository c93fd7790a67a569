/** Collects functions, locations and samples one by one and hands them over as a `Profile`. Equal ones are stored once. */

import { NopsError } from '../protocol/errors.js';
import { type Label, labelKey, type Profile, type ValueType } from './model.js';

/** Frames of all samples together: a small file of a deep tree can stand for any number. */
const maxStackEntries = 2 ** 25;

export interface ProfileHead {
  sampleTypes: ValueType[];
  defaultSampleType?: string;
  periodType: ValueType;
  period: number;
  timeNanos: bigint;
  durationNanos: number;
  comments?: string[];
}

export class ProfileBuilder {
  readonly #head: ProfileHead;
  readonly #functionIds = new Map<string, number>();
  readonly #locationIds = new Map<string, number>();
  readonly #labelNumbers = new Map<string, number>();
  readonly #functionNames: string[] = [];
  readonly #functionFiles: string[] = [];
  readonly #functionStartLines: number[] = [];
  readonly #lineStarts: number[] = [0];
  readonly #lineFunctions: number[] = [];
  readonly #lines: number[] = [];
  readonly #columns: number[] = [];
  readonly #stackStarts: number[] = [0];
  readonly #stacks: number[] = [];
  readonly #values: number[] = [];
  readonly #labelStarts: number[] = [0];
  readonly #labelIds: number[] = [];
  readonly #labels: Label[] = [];

  constructor(head: ProfileHead) {
    this.#head = head;
  }

  /** The number of the function, added if it is new. `startLine` is 1-based, 0 when unknown. */
  functionId(name: string, file: string, startLine: number): number {
    const key = `${name}\n${file}\n${startLine}`;
    const known = this.#functionIds.get(key);
    if (known !== undefined) return known;
    const id = this.#functionNames.length;
    this.#functionIds.set(key, id);
    this.#functionNames.push(name);
    this.#functionFiles.push(file);
    this.#functionStartLines.push(startLine);
    return id;
  }

  /** The number of the location with these lines (innermost first), added if it is new. */
  locationId(lines: { functionId: number; line: number; column: number }[]): number {
    const key = lines.map(l => `${l.functionId}:${l.line}:${l.column}`).join(' ');
    const known = this.#locationIds.get(key);
    if (known !== undefined) return known;
    const id = this.#lineStarts.length - 1;
    this.#locationIds.set(key, id);
    for (const line of lines) {
      this.#lineFunctions.push(line.functionId);
      this.#lines.push(line.line);
      this.#columns.push(line.column);
    }
    this.#lineStarts.push(this.#lines.length);
    return id;
  }

  /** Adds a sample: its locations, leaf first, one value per sample type, and what it is labelled with. Throws `usage` past a bound. */
  addSample(stack: readonly number[], values: readonly number[], labels: readonly Label[] = []): void {
    if (this.#stacks.length + stack.length > maxStackEntries)
      throw new NopsError('usage', `the samples of this profile have more than ${maxStackEntries} frames`);
    for (const location of stack) this.#stacks.push(location);
    this.#stackStarts.push(this.#stacks.length);
    for (const value of values) this.#values.push(value);
    for (const label of labels) this.#labelIds.push(this.#labelNumber(label));
    this.#labelStarts.push(this.#labelIds.length);
  }

  build(): Profile {
    const locations = this.#lineStarts.length - 1;
    return {
      sampleTypes: this.#head.sampleTypes,
      defaultSampleType: this.#head.defaultSampleType ?? '',
      periodType: this.#head.periodType,
      period: this.#head.period,
      timeNanos: this.#head.timeNanos,
      durationNanos: this.#head.durationNanos,
      comments: this.#head.comments ?? [],
      dropFrames: '',
      keepFrames: '',
      docUrl: '',
      stackStarts: Uint32Array.from(this.#stackStarts),
      stacks: Uint32Array.from(this.#stacks),
      values: Float64Array.from(this.#values),
      exactValues: undefined,
      labelStarts: Uint32Array.from(this.#labelStarts),
      labelIds: Uint32Array.from(this.#labelIds),
      labels: this.#labels,
      lineStarts: Uint32Array.from(this.#lineStarts),
      lineFunctions: Uint32Array.from(this.#lineFunctions),
      lines: Int32Array.from(this.#lines),
      columns: Int32Array.from(this.#columns),
      addresses: new BigUint64Array(locations),
      locationMappings: new Uint32Array(locations),
      folded: new Uint8Array(locations),
      functionNames: this.#functionNames,
      functionSystemNames: this.#functionNames,
      functionFiles: this.#functionFiles,
      functionStartLines: Int32Array.from(this.#functionStartLines),
      mappings: [],
    };
  }

  #labelNumber(label: Label): number {
    const key = labelKey(label);
    const known = this.#labelNumbers.get(key);
    if (known !== undefined) return known;
    this.#labelNumbers.set(key, this.#labels.length);
    return this.#labels.push(label) - 1;
  }
}

/**
 * Profile → the processed profile of the Firefox Profiler (profiler.firefox.com; docs-developer/CHANGELOG-formats.md in
 * firefox-devtools/profiler), in version 60, which newer ones upgrade by themselves. It keeps functions, lines, columns and the default
 * sample type. Times are a made-up line (timeline.ts); bytes are weights of samples that have no time.
 */

import { categoryOf, type FrameCategory, frameCategories } from '../frame-category.js';
import { convert, isConvertible } from '../measurement.js';
import { defaultTypeIndex, type Profile, sampleCount } from '../model.js';
import { timelineOf } from '../timeline.js';

const processedVersion = 60;
/** Of the unprocessed format, which this is not made from; the field has to be there. */
const geckoVersion = 32;

const colors: Record<FrameCategory, string> = { app: 'yellow', dependency: 'orange', node: 'blue', native: 'grey' };

/** `name` is shown above the profile. */
export function toFirefox(profile: Profile, name: string): object {
  const tables = new Tables(profile);
  const samples = samplesOf(profile, tables);
  const startTime = Number(profile.timeNanos / 1_000_000n);
  return {
    meta: {
      interval: convert(profile.period, profile.periodType.unit, 'nanoseconds').value / 1e6 || 1,
      startTime,
      processType: 0,
      product: name,
      importedFrom: 'nops',
      stackwalk: 0,
      version: geckoVersion,
      preprocessedProfileVersion: processedVersion,
      symbolicationNotSupported: true,
      usesOnlyOneStackType: true,
      sourceCodeIsNotOnSearchfox: true,
      markerSchema: [],
      // The first grey one is the default.
      categories: frameCategories.map(category => ({
        name: category,
        color: colors[category],
        subcategories: ['Other'],
      })),
    },
    libs: [],
    pages: [],
    counters: [],
    shared: tables.tables,
    threads: [
      {
        processType: 'default',
        processStartupTime: 0,
        processShutdownTime: null,
        registerTime: 0,
        unregisterTime: null,
        pausedRanges: [],
        name: 'main',
        isMainThread: true,
        pid: '0',
        tid: 0,
        samples,
        markers: { data: [], name: [], startTime: [], endTime: [], phase: [], category: [], length: 0 },
      },
    ],
  };
}

function samplesOf(profile: Profile, tables: Tables): object {
  const { sampleTypes, values } = profile;
  const type = defaultTypeIndex(profile);
  const unit = sampleTypes[type]?.unit ?? '';
  if (isConvertible(unit, 'bytes')) {
    const shown = Array.from({ length: sampleCount(profile) }, (_, i) => i);
    const factor = convert(1, unit, 'bytes').value;
    return {
      stack: shown.map(i => tables.stackOf(i)),
      time: shown.map((_, at) => at),
      weight: shown.map(i => (values[i * sampleTypes.length + type] ?? 0) * factor),
      weightType: 'bytes',
      length: shown.length,
    };
  }
  const { samples, startMicros } = timelineOf(profile);
  const entries = [...samples];
  return {
    stack: entries.map(i => tables.stackOf(i)),
    time: entries.map((_, at) => (startMicros[at] ?? 0) / 1000),
    weight: entries.map((_, at) => ((startMicros[at + 1] ?? 0) - (startMicros[at] ?? 0)) / 1000),
    weightType: 'tracing-ms',
    length: entries.length,
  };
}

/** The tables that all threads share, filled as stacks are asked for. */
class Tables {
  readonly #profile: Profile;
  readonly #strings = new Map<string, number>();
  readonly #stacks = new Map<string, number>();
  readonly #stackFrames: number[] = [];
  readonly #stackPrefixes: (number | null)[] = [];
  readonly #sources = new Map<string, number>();
  readonly #unnamed = new Map<bigint, number>();
  readonly #funcs: { name: number; source: number | null; line: number | null; isJs: boolean }[];
  readonly #frames: { func: number; line: number | null; column: number | null; category: number }[];

  constructor(profile: Profile) {
    this.#profile = profile;
    const { functionNames, functionFiles, functionStartLines, lineFunctions, lines, columns } = profile;
    this.#funcs = functionNames.map((name, f) => ({
      name: this.#string(name || '<unknown>'),
      source: functionFiles[f] ? this.#source(functionFiles[f]) : null,
      line: functionStartLines[f] || null,
      isJs: categoryOf(functionFiles[f] ?? '') !== 'native',
    }));
    this.#frames = Array.from(lineFunctions, (func, k) => ({
      func,
      line: lines[k] || null,
      column: columns[k] || null,
      category: frameCategories.indexOf(categoryOf(functionFiles[func] ?? '')),
    }));
  }

  /** The number of the stack of sample `i`; null for an empty one. */
  stackOf(i: number): number | null {
    const { stackStarts, stacks, lineStarts, addresses } = this.#profile;
    let stack: number | null = null;
    for (let s = (stackStarts[i + 1] ?? 0) - 1; s >= (stackStarts[i] ?? 0); s--) {
      const l = stacks[s] ?? 0;
      const from = lineStarts[l] ?? 0;
      const to = lineStarts[l + 1] ?? 0;
      for (let k = to - 1; k >= from; k--) stack = this.#stack(stack, k);
      if (from === to) stack = this.#stack(stack, this.#unnamedFrame(addresses[l] ?? 0n));
    }
    return stack;
  }

  get tables(): object {
    const none = <T>(of: readonly unknown[], value: T): T[] => of.map(() => value);
    const funcs = this.#funcs;
    const frames = this.#frames;
    const sources = [...this.#sources.keys()];
    return {
      stackTable: { frame: this.#stackFrames, prefix: this.#stackPrefixes, length: this.#stackFrames.length },
      frameTable: {
        address: none(frames, -1),
        inlineDepth: none(frames, 0),
        category: frames.map(({ category }) => category),
        subcategory: none(frames, 0),
        func: frames.map(({ func }) => func),
        nativeSymbol: none(frames, null),
        innerWindowID: none(frames, null),
        line: frames.map(({ line }) => line),
        column: frames.map(({ column }) => column),
        length: frames.length,
      },
      funcTable: {
        name: funcs.map(({ name }) => name),
        isJS: funcs.map(({ isJs }) => isJs),
        relevantForJS: none(funcs, false),
        resource: none(funcs, -1),
        source: funcs.map(({ source }) => source),
        lineNumber: funcs.map(({ line }) => line),
        columnNumber: none(funcs, null),
        length: funcs.length,
      },
      resourceTable: { type: [], lib: [], name: [], host: [], length: 0 },
      nativeSymbols: { libIndex: [], address: [], name: [], functionSize: [], length: 0 },
      sources: {
        uuid: none(sources, null),
        filename: sources.map(file => this.#string(file)),
        length: sources.length,
      },
      stringArray: [...this.#strings.keys()],
    };
  }

  #stack(prefix: number | null, frame: number): number {
    const key = `${prefix} ${frame}`;
    const known = this.#stacks.get(key);
    if (known !== undefined) return known;
    const id = this.#stackFrames.push(frame) - 1;
    this.#stackPrefixes.push(prefix);
    this.#stacks.set(key, id);
    return id;
  }

  #unnamedFrame(address: bigint): number {
    const known = this.#unnamed.get(address);
    if (known !== undefined) return known;
    const name = this.#string(`0x${address.toString(16)}`);
    const func = this.#funcs.push({ name, source: null, line: null, isJs: false }) - 1;
    const category = frameCategories.indexOf('native');
    const frame = this.#frames.push({ func, line: null, column: null, category }) - 1;
    this.#unnamed.set(address, frame);
    return frame;
  }

  #source(file: string): number {
    const known = this.#sources.get(file) ?? this.#sources.size;
    this.#sources.set(file, known);
    this.#string(file);
    return known;
  }

  #string(text: string): number {
    const known = this.#strings.get(text) ?? this.#strings.size;
    this.#strings.set(text, known);
    return known;
  }
}

/** The first pass over a profile's bytes: where each of its messages is, and the numbers that belong to the whole. */

import { GrowingUint32 } from '../growing.js';
import { damaged } from './damaged.js';
import { WireReader, wireBytes, wireVarint } from './wire-reader.js';

/** Messages of one kind: message m is at bounds[2m] ≤ byte < bounds[2m + 1]. */
export class Messages {
  readonly bounds = new GrowingUint32();

  get count(): number {
    return this.bounds.length / 2;
  }

  add(start: number, end: number): void {
    this.bounds.push(start);
    this.bounds.push(end);
  }

  /** Points `reader` at message m. */
  open(reader: WireReader, m: number): void {
    reader.pos = this.bounds.array[2 * m] ?? 0;
    reader.end = this.bounds.array[2 * m + 1] ?? 0;
  }
}

export interface Sections {
  sampleTypes: Messages;
  samples: Messages;
  mappings: Messages;
  locations: Messages;
  functions: Messages;
  strings: Messages;
  periodType: Messages;
  comments: number[];
  /** Numbers of strings. */
  dropFrames: number;
  keepFrames: number;
  defaultSampleType: number;
  docUrl: number;
  timeNanos: bigint;
  durationNanos: number;
  period: number;
}

/** Throws a `usage` error for what is no profile, and for one of more than `maxMessages` messages. */
export function findSections(bytes: Uint8Array, maxMessages = Number.POSITIVE_INFINITY): Sections {
  const sections: Sections = {
    sampleTypes: new Messages(),
    samples: new Messages(),
    mappings: new Messages(),
    locations: new Messages(),
    functions: new Messages(),
    strings: new Messages(),
    periodType: new Messages(),
    comments: [],
    dropFrames: 0,
    keepFrames: 0,
    defaultSampleType: 0,
    docUrl: 0,
    timeNanos: 0n,
    durationNanos: 0,
    period: 0,
  };
  const reader = new WireReader(bytes);
  let count = 0;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (++count > maxMessages) throw damaged(`it has more than ${maxMessages} parts`);
    readField(sections, reader, field);
  }
  if (sections.sampleTypes.count === 0) throw damaged('it has no sample type');
  return sections;
}

/** The fields of profile.proto's Profile that are messages or strings, by number. */
const messageFields: Record<number, keyof { [K in keyof Sections as Sections[K] extends Messages ? K : never]: true }> =
  {
    1: 'sampleTypes',
    2: 'samples',
    3: 'mappings',
    4: 'locations',
    5: 'functions',
    6: 'strings',
    11: 'periodType',
  };

function readField(sections: Sections, reader: WireReader, field: number): void {
  const messages = messageFields[field];
  if (messages !== undefined) {
    const length = reader.length();
    sections[messages].add(reader.pos, reader.pos + length);
    reader.pos += length;
    return;
  }
  if (field === 13) {
    readNumbers(reader, sections.comments);
    return;
  }
  if (field > 15) {
    reader.skip();
    return;
  }
  reader.expectNumber();
  const value = reader.signed();
  if (field === 7) sections.dropFrames = value;
  else if (field === 8) sections.keepFrames = value;
  else if (field === 9) sections.timeNanos = BigInt.asIntN(64, reader.lastExact());
  else if (field === 10) sections.durationNanos = value;
  else if (field === 12) sections.period = value;
  else if (field === 14) sections.defaultSampleType = value;
  else if (field === 15) sections.docUrl = value;
}

/** A repeated field of numbers: one, or all of them packed into bytes. */
function readNumbers(reader: WireReader, into: number[]): void {
  if (reader.wire === wireVarint) {
    into.push(reader.signed());
    return;
  }
  if (reader.wire !== wireBytes) throw damaged('a field is of another type than the format says');
  const end = reader.length() + reader.pos;
  while (reader.pos < end) into.push(reader.signed());
  if (reader.pos !== end) throw damaged('a number reaches over the end of its field');
}

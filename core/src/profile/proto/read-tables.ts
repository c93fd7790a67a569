/** The second pass: what samples refer to, from the leaves up: mappings, functions, locations. */

import { GrowingUint32 } from '../growing.js';
import type { Mapping, Profile, ValueType } from '../model.js';
import { damaged } from './damaged.js';
import { IdTable } from './id-table.js';
import type { Messages, Sections } from './sections.js';
import type { StringTable } from './string-table.js';
import type { WireReader } from './wire-reader.js';

/** More than any process maps (vm.max_map_count is 65530 by default); each is an object here. */
const maxMappings = 1 << 20;

export function readValueType(reader: WireReader, messages: Messages, m: number, strings: StringTable): ValueType {
  messages.open(reader, m);
  const read = { type: '', unit: '' };
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field > 2) {
      reader.skip();
      continue;
    }
    reader.expectNumber();
    read[field === 1 ? 'type' : 'unit'] = strings.get(reader.signed());
  }
  return read;
}

export function readMappings(
  reader: WireReader,
  { mappings: messages }: Sections,
  strings: StringTable,
): { mappings: Mapping[]; ids: IdTable } {
  if (messages.count > maxMappings) throw damaged(`it has ${messages.count} mappings; the limit is ${maxMappings}`);
  const ids = new BigUint64Array(messages.count);
  const mappings = Array.from({ length: messages.count }, (_, m): Mapping => {
    messages.open(reader, m);
    const fields = new Array<bigint>(11).fill(0n);
    for (let field = reader.field(); field !== 0; field = reader.field()) {
      if (field > 10) {
        reader.skip();
        continue;
      }
      reader.expectNumber();
      fields[field] = reader.exact();
    }
    const [, id = 0n, start = 0n, limit = 0n, offset = 0n, file = 0n, buildId = 0n, ...has] = fields;
    ids[m] = id;
    const [hasFunctions = false, hasFilenames = false, hasLineNumbers = false, hasInlineFrames = false] = has.map(
      bit => bit !== 0n,
    );
    return {
      start,
      limit,
      offset,
      file: strings.get(Number(file)),
      buildId: strings.get(Number(buildId)),
      hasFunctions,
      hasFilenames,
      hasLineNumbers,
      hasInlineFrames,
    };
  });
  return { mappings, ids: new IdTable('mapping', ids) };
}

type Functions = Pick<Profile, 'functionNames' | 'functionSystemNames' | 'functionFiles' | 'functionStartLines'>;

export function readFunctions(
  reader: WireReader,
  { functions: messages }: Sections,
  strings: StringTable,
): { functions: Functions; ids: IdTable } {
  const ids = new BigUint64Array(messages.count);
  const names = new Array<string>(messages.count).fill('');
  const systemNames = new Array<string>(messages.count).fill('');
  const files = new Array<string>(messages.count).fill('');
  const startLines = new Int32Array(messages.count);
  for (let f = 0; f < messages.count; f++) {
    messages.open(reader, f);
    for (let field = reader.field(); field !== 0; field = reader.field()) {
      if (field > 5) {
        reader.skip();
        continue;
      }
      reader.expectNumber();
      const value = reader.signed();
      if (field === 1) ids[f] = reader.lastExact();
      else if (field === 2) names[f] = strings.get(value);
      else if (field === 3) systemNames[f] = strings.get(value);
      else if (field === 4) files[f] = strings.get(value);
      else startLines[f] = clamp(value);
    }
  }
  const functions = {
    functionNames: names,
    functionSystemNames: systemNames,
    functionFiles: files,
    functionStartLines: startLines,
  };
  return { functions, ids: new IdTable('function', ids) };
}

type Locations = Pick<
  Profile,
  'lineStarts' | 'lineFunctions' | 'lines' | 'columns' | 'addresses' | 'locationMappings' | 'folded'
>;

export function readLocations(
  reader: WireReader,
  { locations: messages }: Sections,
  functionIds: IdTable,
  mappingIds: IdTable,
): { locations: Locations; ids: IdTable } {
  const ids = new BigUint64Array(messages.count);
  const addresses = new BigUint64Array(messages.count);
  const locationMappings = new Uint32Array(messages.count);
  const folded = new Uint8Array(messages.count);
  const lineStarts = new Uint32Array(messages.count + 1);
  const lineFunctions = new GrowingUint32(messages.count);
  const lines = new GrowingUint32(messages.count);
  const columns = new GrowingUint32(messages.count);
  for (let l = 0; l < messages.count; l++) {
    messages.open(reader, l);
    const { end } = reader;
    for (let field = reader.field(); field !== 0; field = reader.field()) {
      if (field === 4) {
        reader.end = reader.length() + reader.pos;
        const line = readLine(reader, functionIds);
        lineFunctions.push(line.f);
        lines.push(line.line);
        columns.push(line.column);
        reader.end = end;
      } else if (field > 5) reader.skip();
      else {
        reader.expectNumber();
        const value = reader.exact();
        if (field === 1) ids[l] = value;
        else if (field === 2) locationMappings[l] = mappingNumber(value, mappingIds);
        else if (field === 3) addresses[l] = value;
        else folded[l] = value === 0n ? 0 : 1;
      }
    }
    lineStarts[l + 1] = lineFunctions.length;
  }
  const locations = {
    lineStarts,
    lineFunctions: lineFunctions.finish(),
    lines: Int32Array.from(lines.finish(), value => value | 0),
    columns: Int32Array.from(columns.finish(), value => value | 0),
    addresses,
    locationMappings,
    folded,
  };
  return { locations, ids: new IdTable('location', ids) };
}

function mappingNumber(id: bigint, ids: IdTable): number {
  const number = ids.find(id);
  if (number === 0 && id !== 0n) throw damaged('a location names a mapping that the file does not hold');
  return number;
}

function readLine(reader: WireReader, functionIds: IdTable): { f: number; line: number; column: number } {
  let f = 0;
  let line = 0;
  let column = 0;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field > 3) {
      reader.skip();
      continue;
    }
    reader.expectNumber();
    const value = reader.signed();
    if (field === 1) f = functionIds.find(reader.lastExact());
    else if (field === 2) line = clamp(value);
    else column = clamp(value);
  }
  if (f === 0) throw damaged('a location names a function that the file does not hold');
  return { f: f - 1, line, column };
}

/** Line numbers that no file has become the last that we can tell. */
function clamp(value: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));
}

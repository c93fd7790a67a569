/**
 * The bytes of pprof's protocol buffer, already decompressed → Profile.
 *
 * Three passes: where the messages are; the tables that samples refer to; the samples. Nothing is allocated by what the file claims,
 * only by what it holds, so time and memory are bounded by its size whatever is damaged in it.
 */

import type { Profile, ValueType } from './model.js';
import { damaged } from './proto/damaged.js';
import { SampleReader } from './proto/read-samples.js';
import { readFunctions, readLocations, readMappings, readValueType } from './proto/read-tables.js';
import { findSections } from './proto/sections.js';
import { StringTable } from './proto/string-table.js';
import { WireReader } from './proto/wire-reader.js';

/** Many more than any profiler writes; reports are made for each. */
const maxSampleTypes = 1024;

export interface DecodeLimits {
  /** Of samples, locations, functions, mappings and strings together: an empty one takes two bytes of a file, and thirty here. */
  maxMessages?: number;
}

/** Throws a `usage` error when the bytes are not a profile, or one whose parts don't fit together, or beyond the limits. */
export function decodeProfile(
  bytes: Uint8Array,
  { maxMessages = Number.POSITIVE_INFINITY }: DecodeLimits = {},
): Profile {
  const sections = findSections(bytes, maxMessages);
  const { sampleTypes, periodType, samples } = sections;
  if (sampleTypes.count > maxSampleTypes)
    throw damaged(`it has ${sampleTypes.count} sample types; the limit is ${maxSampleTypes}`);
  const strings = new StringTable(bytes, sections.strings);
  const reader = new WireReader(bytes);
  const { mappings, ids: mappingIds } = readMappings(reader, sections, strings);
  const { functions, ids: functionIds } = readFunctions(reader, sections, strings);
  const { locations, ids: locationIds } = readLocations(reader, sections, functionIds, mappingIds);
  const types = sampleTypes.count;
  const none: ValueType = { type: '', unit: '' };
  return {
    sampleTypes: Array.from({ length: types }, (_, t) => readValueType(reader, sampleTypes, t, strings)),
    defaultSampleType: strings.get(sections.defaultSampleType),
    periodType: periodType.count === 0 ? none : readValueType(reader, periodType, periodType.count - 1, strings),
    period: sections.period,
    timeNanos: sections.timeNanos,
    durationNanos: sections.durationNanos,
    comments: sections.comments.map(index => strings.get(index)),
    dropFrames: strings.get(sections.dropFrames),
    keepFrames: strings.get(sections.keepFrames),
    docUrl: strings.get(sections.docUrl),
    ...new SampleReader(reader, samples.count, types, locationIds, strings).read(samples),
    ...locations,
    ...functions,
    mappings,
  };
}

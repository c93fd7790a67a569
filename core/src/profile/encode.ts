/** Profile → the bytes of pprof's protocol buffer, not compressed: gzip is the caller's, since this package does no I/O. */

import { locationCount, type Profile, sampleCount, type ValueType } from './model.js';
import { encodeText } from './proto/utf8.js';
import { WireWriter } from './proto/wire-writer.js';

/** Ids in the file start at 1: 0 means "none". The order of fields is that of Go's writer. */
export function encodeProfile(profile: Profile): Uint8Array {
  const writer = new WireWriter();
  const strings = new Map<string, number>([['', 0]]);
  const text = (value: string): number => {
    const known = strings.get(value);
    if (known !== undefined) return known;
    strings.set(value, strings.size);
    return strings.size - 1;
  };
  const valueType = (field: number, { type, unit }: ValueType) =>
    writer.message(field, () => {
      writer.number(1, text(type));
      writer.number(2, text(unit));
    });
  for (const type of profile.sampleTypes) valueType(1, type);
  writeSamples(writer, profile, text);
  writeMappings(writer, profile, text);
  writeLocations(writer, profile);
  writeFunctions(writer, profile, text);
  const comments = Float64Array.from(profile.comments, text);
  const [dropFrames, keepFrames, defaultSampleType, docUrl] = [
    text(profile.dropFrames),
    text(profile.keepFrames),
    text(profile.defaultSampleType),
    text(profile.docUrl),
  ];
  // Its strings, before the table is written.
  const { type, unit } = profile.periodType;
  text(type);
  text(unit);
  for (const string of strings.keys()) writer.text(6, encodeText(string));
  writer.number(7, dropFrames);
  writer.number(8, keepFrames);
  writer.number(9, profile.timeNanos);
  writer.number(10, Math.round(profile.durationNanos));
  if (type !== '' || unit !== '') valueType(11, profile.periodType);
  writer.number(12, Math.round(profile.period));
  if (comments.length > 0) writer.packed(13, comments);
  writer.number(14, defaultSampleType);
  writer.number(15, docUrl);
  return writer.finish();
}

type Text = (value: string) => number;

function writeSamples(writer: WireWriter, profile: Profile, text: Text): void {
  const types = profile.sampleTypes.length;
  const values = profile.exactValues ?? profile.values;
  const labels = profile.labels.map(label =>
    'text' in label ? [text(label.key), text(label.text), 0n, 0] : [text(label.key), 0, label.number, text(label.unit)],
  );
  for (let i = 0; i < sampleCount(profile); i++) {
    writer.message(2, () => {
      writer.packedIds(1, profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1]), 1);
      writer.packed(2, values.subarray(i * types, (i + 1) * types));
      for (const id of profile.labelIds.subarray(profile.labelStarts[i], profile.labelStarts[i + 1])) {
        writer.message(3, () => labels[id]?.forEach((value, k) => void writer.number(k + 1, value)));
      }
    });
  }
}

function writeMappings(writer: WireWriter, { mappings }: Profile, text: Text): void {
  for (const [m, mapping] of mappings.entries()) {
    writer.message(3, () => {
      writer.number(1, m + 1);
      writer.number(2, mapping.start);
      writer.number(3, mapping.limit);
      writer.number(4, mapping.offset);
      writer.number(5, text(mapping.file));
      writer.number(6, text(mapping.buildId));
      writer.number(7, Number(mapping.hasFunctions));
      writer.number(8, Number(mapping.hasFilenames));
      writer.number(9, Number(mapping.hasLineNumbers));
      writer.number(10, Number(mapping.hasInlineFrames));
    });
  }
}

function writeLocations(writer: WireWriter, profile: Profile): void {
  for (let l = 0; l < locationCount(profile); l++) {
    writer.message(4, () => {
      writer.number(1, l + 1);
      writer.number(2, profile.locationMappings[l] ?? 0);
      writer.number(3, profile.addresses[l] ?? 0n);
      for (let k = profile.lineStarts[l] ?? 0; k < (profile.lineStarts[l + 1] ?? 0); k++) {
        writer.message(4, () => {
          writer.number(1, (profile.lineFunctions[k] ?? 0) + 1);
          writer.number(2, profile.lines[k] ?? 0);
          writer.number(3, profile.columns[k] ?? 0);
        });
      }
      writer.number(5, profile.folded[l] ?? 0);
    });
  }
}

function writeFunctions(writer: WireWriter, profile: Profile, text: Text): void {
  for (const [f, name] of profile.functionNames.entries()) {
    writer.message(5, () => {
      writer.number(1, f + 1);
      writer.number(2, text(name));
      writer.number(3, text(profile.functionSystemNames[f] ?? ''));
      writer.number(4, text(profile.functionFiles[f] ?? ''));
      writer.number(5, profile.functionStartLines[f] ?? 0);
    });
  }
}

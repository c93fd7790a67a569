/** A profile as text with all that is in it, as Go's `-raw` prints it. */

import { type Label, labelsOf, type Profile, sampleCount } from '../model.js';
import { compareText } from './order.js';
import { formatDuration, formatInstant } from './time.js';

export function rawText(profile: Profile): string {
  const { periodType, sampleTypes, defaultSampleType } = profile;
  const lines = profile.comments.map(comment => `Comment: ${comment}`);
  if (profile.docUrl !== '') lines.push(`Doc: ${profile.docUrl}`);
  lines.push(`PeriodType: ${periodType.type} ${periodType.unit}`, `Period: ${profile.period}`);
  if (profile.timeNanos !== 0n) lines.push(`Time: ${formatInstant(profile.timeNanos)}`);
  // Go prints the first four characters.
  if (profile.durationNanos !== 0)
    lines.push(`Duration: ${[...formatDuration(profile.durationNanos)].slice(0, 4).join('')}`);
  lines.push('Samples:');
  const types = sampleTypes.map(({ type, unit }) => `${type}/${unit}${type === defaultSampleType ? '[dflt]' : ''}`);
  lines.push(types.join(' '));
  for (let i = 0; i < sampleCount(profile); i++) lines.push(...sampleLines(profile, i));
  lines.push('Locations');
  for (let l = 0; l + 1 < profile.lineStarts.length; l++) lines.push(...locationLines(profile, l));
  lines.push('Mappings', ...profile.mappings.map((_, m) => mappingLine(profile, m)));
  return `${lines.join('\n')}\n`;
}

const labelIndent = ' '.repeat(16);

function sampleLines(profile: Profile, i: number): string[] {
  const types = profile.sampleTypes.length;
  const values = Array.from({ length: types }, (_, t) =>
    String(profile.exactValues?.[i * types + t] ?? profile.values[i * types + t] ?? 0).padStart(10),
  );
  const stack = Array.from(
    profile.stacks.subarray(profile.stackStarts[i], profile.stackStarts[i + 1]),
    l => `${l + 1} `,
  );
  const labels = labelsOf(profile, i);
  const texts = groups(labels, label => ('text' in label ? label.text : undefined));
  const haveUnits = new Set(labels.flatMap(label => ('unit' in label && label.unit !== '' ? [label.key] : [])));
  const numbers = groups(labels, label => {
    if ('text' in label) return undefined;
    return haveUnits.has(label.key) ? `${label.number} ${label.unit}` : String(label.number);
  });
  return [
    `${values.map(value => ` ${value}`).join('')}: ${stack.join('')}`,
    ...(texts.length > 0 ? [labelIndent + texts.join(' ')] : []),
    ...(numbers.length > 0 ? [labelIndent + numbers.join(' ')] : []),
  ];
}

/** By key: "key:[a b]". */
function groups(labels: Label[], show: (label: Label) => string | undefined): string[] {
  const byKey = new Map<string, string[]>();
  for (const label of labels) {
    const shown = show(label);
    if (shown !== undefined) byKey.set(label.key, [...(byKey.get(label.key) ?? []), shown]);
  }
  return [...byKey].map(([key, shown]) => `${key}:[${shown.join(' ')}]`).sort(compareText);
}

function locationLines(profile: Profile, l: number): string[] {
  const mapping = profile.locationMappings[l] ?? 0;
  const head = `${String(l + 1).padStart(6)}: ${hex(profile.addresses[l] ?? 0n)} ${mapping === 0 ? '' : `M=${mapping} `}${
    profile.folded[l] === 1 ? '[F] ' : ''
  }`;
  const lines: string[] = [];
  for (let k = profile.lineStarts[l] ?? 0; k < (profile.lineStarts[l + 1] ?? 0); k++) {
    const f = profile.lineFunctions[k] ?? 0;
    const name = profile.functionNames[f] ?? '';
    const systemName = profile.functionSystemNames[f] ?? '';
    const where = `${profile.functionFiles[f]}:${profile.lines[k]}:${profile.columns[k]} s=${profile.functionStartLines[f]}`;
    lines.push(`${name} ${where}${name === systemName ? '' : `(${systemName})`}`);
  }
  if (lines.length === 0) return [head];
  return lines.map((line, at) => (at === 0 ? head : ' '.repeat(13)) + line);
}

function mappingLine({ mappings }: Profile, m: number): string {
  const mapping = mappings[m];
  if (mapping === undefined) return '';
  const { start, limit, offset, file, buildId } = mapping;
  const bits = [
    mapping.hasFunctions ? '[FN]' : '',
    mapping.hasFilenames ? '[FL]' : '',
    mapping.hasLineNumbers ? '[LN]' : '',
    mapping.hasInlineFrames ? '[IN]' : '',
  ].join('');
  return `${m + 1}: ${hex(start)}/${hex(limit)}/${hex(offset)} ${file} ${buildId} ${bits}`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

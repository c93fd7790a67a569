/** The settings of the shell: options of a report under their own names, and what they are set to as text. */

import { granularities, type ReportConfig } from '@nops/core/profile/report/config';
import { NopsError } from '@nops/core/protocol/errors';

const flags = [
  'compact_labels',
  'drop_negative',
  'mean',
  'no_source_maps',
  'noinlines',
  'relative_percentages',
  'showcolumns',
  'trim',
] as const;
const numbers = ['divide_by', 'edgefraction', 'nodecount', 'nodefraction'] as const;
const texts = [
  'focus',
  'hide',
  'ignore',
  'prune_from',
  'sample_index',
  'show',
  'show_from',
  'source_path',
  'tagfocus',
  'taghide',
  'tagignore',
  'tagleaf',
  'tagroot',
  'tagshow',
  'trim_path',
  'unit',
] as const;
const choices = { granularity: granularities, sort: ['flat', 'cum'] } as const;

export const settingNames: readonly string[] = [...flags, ...numbers, ...texts, ...Object.keys(choices)];
/** Each is a setting of its own: `lines` is `granularity=lines`. */
export const choiceNames: readonly string[] = Object.values(choices).flat();

/** The configuration with `name` set; undefined when it is no setting. Throws `usage` for a value that it can't have. */
export function changed(config: ReportConfig, name: string, value: string | undefined): ReportConfig | undefined {
  const [group] = Object.entries(choices).find(([, names]) => (names as readonly string[]).includes(name)) ?? [];
  if (group !== undefined) return flagOf(name, value) ? { ...config, [group]: name } : config;
  if (has(flags, name)) return { ...config, [name]: flagOf(name, value) };
  if (!settingNames.includes(name)) return undefined;
  if (value === undefined) throw new NopsError('usage', `please specify a value, e.g. ${name}=<val>`);
  if (has(numbers, name)) return { ...config, [name]: numberOf(name, value) };
  if (!has(texts, name) && !(choices[name as keyof typeof choices] as readonly string[]).includes(value)) {
    const known = choices[name as keyof typeof choices].toSorted().join(', ');
    throw new NopsError('usage', `${name} is one of ${known}, not ${JSON.stringify(value)}`);
  }
  return { ...config, [name]: value };
}

/** One line for each that Go's `options` has, in its columns. */
export function describeSettings(config: ReportConfig, sampleTypes: readonly string[], defaultType: string): string {
  const lines = settingNames
    .filter(name => name !== 'source_path' && name !== 'no_source_maps')
    .map(name => {
      const value = String(config[name as keyof ReportConfig]);
      const among = (names: readonly string[]) => `//: [${names.join(' | ')}]`;
      if (name in choices)
        return line(name, value || '(default)', among(choices[name as keyof typeof choices].toSorted()));
      if (name === 'sample_index') return line(name, value === '' ? defaultType : value, among(sampleTypes));
      if (name === 'nodecount' && value === '-1') return line(name, value, '//: default');
      return line(name, value === '' ? '""' : value, '');
    });
  return `${lines.sort().join('\n')}\n`;
}

function line(name: string, value: string, comment: string): string {
  return `  ${name.padEnd(25)} = ${value.padEnd(20)} ${comment}`;
}

function has<Name extends string>(names: readonly Name[], name: string): name is Name {
  return (names as readonly string[]).includes(name);
}

function flagOf(name: string, value: string | undefined): boolean {
  const text = (value ?? '').toLowerCase();
  if (['true', 't', 'yes', 'y', '1', ''].includes(text)) return true;
  if (['false', 'f', 'no', 'n', '0'].includes(text)) return false;
  throw new NopsError('usage', `${name} is true or false, not ${JSON.stringify(value)}`);
}

function numberOf(name: (typeof numbers)[number], text: string): number {
  const number = Number(text);
  const isWhole = name !== 'nodecount' || Number.isSafeInteger(number);
  if (text.trim() !== '' && Number.isFinite(number) && isWhole) return number;
  throw new NopsError('usage', `${name} is no ${name === 'nodecount' ? 'whole ' : ''}number: ${JSON.stringify(text)}`);
}

/**
 * From a profile and the options of a report to what the report is made of: Go's generateRawReport. The order counts: label frames
 * first, so that filters find them; the total before the filters, so that percentages are of everything, unless they shall be relative.
 */

import { NopsError } from '../../protocol/errors.js';
import { aggregate } from '../aggregate.js';
import { filterByName } from '../filter-by-name.js';
import { filterByTag, isTagRange, parseTagFilter } from '../filter-by-tag.js';
import { goRegExp } from '../go-regexp.js';
import { filterTagsByName } from '../labels.js';
import { mapPlaces, type Origin, type OriginalOf } from '../map-places.js';
import { type Profile, sampleCount } from '../model.js';
import { type NumberUnits, numberUnits } from '../number-units.js';
import { pruneFrom } from '../prune.js';
import { sampleIndexByName } from '../sample-index.js';
import { showFrom } from '../show-from.js';
import { tagLeaf, tagRoot } from '../tag-frames.js';
import { defaultConfig, isWhole, type ReportConfig, type ReportName } from './config.js';

/** Samples that were taken from a base to compare with carry this label; percentages are of them. */
export const baseLabel = { key: 'pprof::base', text: 'true' } as const;

/** In graphs and trees nobody reads more, unless asked for. */
const shownInGraph = 80;

export interface Prepared {
  profile: Profile;
  report: ReportName;
  /** As given, but for what the report itself decides. */
  config: ReportConfig;
  /** The sample type, and the one that means are divided by. */
  type: number;
  divisor: number | undefined;
  typeName: string;
  sampleUnit: string;
  /** What percentages are of. */
  total: number;
  numbers: NumberUnits;
  /** By function number, where source maps led from; empty without them. */
  origins: readonly (Origin | undefined)[];
  /** For people, on standard error. */
  warnings: string[];
}

/**
 * Throws a `usage` error for options that mean nothing. With `originalOf` it has the places of sources, after the filters: those mean the same
 * in all reports.
 */
export function prepareReport(
  profile: Profile,
  report: ReportName,
  given: Partial<ReportConfig>,
  originalOf?: OriginalOf,
): Prepared {
  const config = forReport(report, { ...defaultConfig, ...given });
  if (config.divide_by === 0) throw new NopsError('usage', 'zero divisor specified');
  const numbers = numberUnits(profile);
  const warnings = [...numbers.ignored].map(
    ([key, units]) =>
      `For tag ${key} used unit ${numbers.units.get(key)}, also encountered unit(s) ${units.join(', ')}`,
  );
  const framed = addFrames(profile, config, warnings);
  const type = sampleIndexByName(framed, config.sample_index);
  const divisor = config.mean ? 0 : undefined;
  const filtered = filter(framed, config, numbers, warnings);
  const total = totalOf(config.relative_percentages ? filtered : framed, type, divisor);
  const mapped = originalOf === undefined ? { profile: filtered, origins: [] } : mapPlaces(filtered, originalOf);
  const { type: name = '', unit = '' } = framed.sampleTypes[type] ?? {};
  return {
    profile: coarsen(mapped.profile, config, report),
    report,
    config,
    type,
    divisor,
    typeName: config.mean ? `mean_${name}` : name,
    sampleUnit: unit,
    total,
    numbers,
    origins: mapped.origins,
    warnings,
  };
}

/** What a report shows completely is not trimmed; what shows addresses is not aggregated. */
function forReport(report: ReportName, config: ReportConfig): ReportConfig {
  const own = { ...config };
  if (report === 'list') own.granularity = 'lines';
  if (own.nodecount === -1) own.nodecount = ['top', 'csv', 'markdown'].includes(report) ? 0 : shownInGraph;
  if (isWhole(report)) {
    own.granularity = 'addresses';
  }
  if (['peek', 'list'].includes(report) || isWhole(report)) own.trim = false;
  return own.trim ? own : { ...own, nodecount: 0, nodefraction: 0, edgefraction: 0 };
}

function addFrames(profile: Profile, { tagroot, tagleaf, unit }: ReportConfig, warnings: string[]): Profile {
  const keys = (text: string) => text.split(',').filter(key => key !== '');
  const rooted = tagroot === '' ? { profile, matched: true } : tagRoot(profile, keys(tagroot), unit);
  if (!rooted.matched) warnings.push('TagRoot expression matched no samples');
  if (tagleaf === '') return rooted.profile;
  const leafed = tagLeaf(rooted.profile, keys(tagleaf), unit);
  if (!leafed.matched) warnings.push('TagLeaf expression matched no samples');
  return leafed.profile;
}

function filter(profile: Profile, config: ReportConfig, numbers: NumberUnits, warnings: string[]): Profile {
  const expression = (name: keyof ReportConfig) => {
    const text = config[name];
    return typeof text !== 'string' || text === '' ? undefined : goRegExp(text, name);
  };
  const tagExpression = (name: 'tagfocus' | 'tagignore') => {
    const text = config[name];
    if (text === '') return undefined;
    if (isTagRange(text))
      warnings.push(`${name}: Interpreted '${text.slice(text.indexOf('=') + 1)}' as range, not regexp`);
    return parseTagFilter(text, numbers.units, name);
  };
  const warn = (asked: unknown, matched: boolean, name: string) => {
    if (asked !== undefined && !matched) warnings.push(`${name} expression matched no samples`);
  };
  const names = {
    focus: expression('focus'),
    ignore: expression('ignore'),
    hide: expression('hide'),
    show: expression('show'),
  };
  const from = expression('show_from');
  const tags = { focus: tagExpression('tagfocus'), ignore: tagExpression('tagignore') };
  const labels = { show: expression('tagshow'), hide: expression('taghide') };
  const below = expression('prune_from');
  const byName = filterByName(profile, names);
  warn(names.focus, byName.matched.focus, 'Focus');
  warn(names.ignore, byName.matched.ignore, 'Ignore');
  warn(names.hide, byName.matched.hide, 'Hide');
  warn(names.show, byName.matched.show, 'Show');
  const shown = from === undefined ? { profile: byName.profile, matched: true } : showFrom(byName.profile, from);
  warn(from, shown.matched, 'ShowFrom');
  const byTag = filterByTag(shown.profile, tags);
  warn(tags.focus, byTag.matched.focus, 'TagFocus');
  warn(tags.ignore, byTag.matched.ignore, 'TagIgnore');
  const labelled = filterTagsByName(byTag.profile, labels);
  warn(labels.show, labelled.matched.show, 'TagShow');
  warn(labels.hide, labelled.matched.hide, 'TagHide');
  return below === undefined ? labelled.profile : pruneFrom(labelled.profile, below);
}

function coarsen(profile: Profile, { granularity, noinlines, showcolumns }: ReportConfig, report: ReportName): Profile {
  if (granularity === 'addresses' && !noinlines) return profile;
  const lines = granularity === 'lines' || granularity === 'addresses';
  return aggregate(profile, {
    inlines: !noinlines,
    functions: granularity !== 'files',
    files: granularity !== 'functions' && granularity !== '',
    lines,
    // Go's two drop them; in the others nothing else tells the functions of a line apart.
    columns: lines && (showcolumns || (isWhole(report) && report !== 'proto' && report !== 'raw')),
    addresses: granularity === 'addresses',
  });
}

/** Sum of all values without their signs; of those of the base alone, where there are some. */
function totalOf(profile: Profile, type: number, divisor: number | undefined): number {
  const types = profile.sampleTypes.length;
  const isBase = profile.labels.map(
    label => label.key === baseLabel.key && 'text' in label && label.text === baseLabel.text,
  );
  const all = { total: 0, divisor: 0 };
  const base = { total: 0, divisor: 0 };
  for (let i = 0; i < sampleCount(profile); i++) {
    const value = Math.abs(profile.values[i * types + type] ?? 0);
    const count = divisor === undefined ? 0 : (profile.values[i * types + divisor] ?? 0);
    all.total += value;
    all.divisor += count;
    const labels = profile.labelIds.subarray(profile.labelStarts[i], profile.labelStarts[i + 1]);
    if (!labels.some(id => isBase[id] === true)) continue;
    base.total += value;
    base.divisor += count;
  }
  const sum = base.total > 0 ? base : all;
  return sum.divisor === 0 ? sum.total : Math.trunc(sum.total / sum.divisor);
}

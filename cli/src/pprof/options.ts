/** The options of `nops pprof`, under the names that they have in Go's, and what they say. */

import { defaultConfig, granularities, type ReportConfig, type ReportName } from '@nops/core/profile/report/config';
import { NopsError } from '@nops/core/protocol/errors';
import type { Args } from '../command-line/args.js';
import type { Option, Options } from '../command-line/option.js';

const flag = (description: string): Option => ({ type: 'boolean', description });
const value = (name: string, description: string): Option => ({ type: 'string', value: name, description });
const regexp = (description: string) => value('<regexp>', description);

const reportOptions = {
  top: flag('functions by what they cost; what is shown when no report is named'),
  text: flag('the same as -top'),
  tree: flag('functions, each with its callers and callees'),
  peek: regexp('the same for functions that match, nothing left out'),
  list: regexp('the source of functions that match, with what each line costs'),
  traces: flag('every sample with its stack'),
  tags: flag('labels of samples, and what they cost'),
  comments: flag('what the recorder of the profile says'),
  raw: flag('all that is in the profile, as text'),
  dot: flag('the graph of calls, for Graphviz'),
  svg: flag('the graph of calls as a picture for a browser; needs no Graphviz'),
  proto: flag('a profile with what the filters left, gzipped; needs -o'),
  csv: flag('-top as comma-separated values in the profile’s own unit'),
  collapsed: flag('stacks for flame graph tools'),
  markdown: flag('-top as a table in Markdown'),
  'flame.html': flag('a flame graph as one file for a browser, needs nothing else; needs -o'),
  cpuprofile: flag('a profile for DevTools and VS Code'),
  heapprofile: flag('a profile of bytes for DevTools'),
  speedscope: flag('a profile for speedscope'),
  firefox: flag('a profile for profiler.firefox.com'),
} satisfies Options;

const filterOptions = {
  focus: regexp('only samples with a frame that matches, by function, file or mapping'),
  ignore: regexp('no samples with a frame that matches'),
  hide: regexp('without the frames that match'),
  show: regexp('only the frames that match'),
  show_from: regexp('without the frames above the outermost that matches'),
  prune_from: regexp('without the frames below the innermost that matches'),
  tagfocus: value('<filter>', 'only samples with a label: [key=]regexp[,…] or [key=]range, as 4kb:64kb'),
  tagignore: value('<filter>', 'no samples with such a label'),
  tagshow: regexp('only labels whose key matches'),
  taghide: regexp('no labels whose key matches'),
  tagroot: value('<keys>', 'labels as outermost frames'),
  tagleaf: value('<keys>', 'labels as innermost frames'),
} satisfies Options;

const shownOptions = {
  cum: flag('sort by what functions and all that they call cost'),
  flat: flag('sort by what functions themselves cost; the default'),
  nodecount: value('<N>', 'most functions to show; 80 for -tree and -dot, else all'),
  nodefraction: value('<F>', 'leave out functions with less than this part of the total, default 0.005'),
  edgefraction: value('<F>', 'leave out calls with less than this part, default 0.001'),
  notrim: flag('leave nothing out'),
  drop_negative: flag('leave out what became cheaper'),
  sample_index: value('<type>', 'sample type to show, by name or number'),
  mean: flag('the mean per sample, of the first sample type'),
  divide_by: value('<F>', 'divide all values'),
  unit: value('<unit>', 'show values in this unit, as ms or MB'),
  relative_percentages: flag('percentages of what the filters left'),
  compact_labels: flag('tables without file, type and time above them'),
  functions: flag('one row per function; the default'),
  filefunctions: flag('one row per function and file'),
  files: flag('one row per file'),
  lines: flag('one row per line'),
  addresses: flag('one row per address'),
  showcolumns: flag('lines with their columns, and told apart by them'),
  noinlines: flag('inlined calls count for the function that they were inlined into'),
} satisfies Options;

const sourceOptions = {
  base: value('<source>', 'subtract this profile'),
  diff_base: value('<source>', 'the same, with percentages of the base'),
  normalize: flag('scale the profile to the sum of its base first'),
  seconds: {
    type: 'string',
    short: 's',
    value: '<N>',
    description: 'seconds to record from a target or URL, 1 to 300; default 5, and what the URL’s server likes',
  },
  timeout: value('<N>', 'seconds that a URL may take; else half as long again as it records, and some besides'),
  source_path: value('<folders>', 'where -list looks for sources, separated by colons'),
  trim_path: value('<paths>', 'what is cut off the sources’ paths before'),
  no_source_maps: flag('-list shows the lines that ran instead of those that they were compiled from'),
  output: { type: 'string', short: 'o', value: '<file>', description: 'write the report to a file' },
} satisfies Options;

const shellOptions = {
  shell: flag('read commands from standard input; what a terminal gets when no report is named'),
} satisfies Options;

export const pprofOptions: Options = {
  ...reportOptions,
  ...filterOptions,
  ...shownOptions,
  ...sourceOptions,
  ...shellOptions,
};

/** Go's shell is what is left when no report is named; here only for who can type into it, or asks for it. */
export function wantsShell(args: Args, isTerminal: () => boolean): boolean {
  if (args.flag('shell')) return true;
  const named = Object.keys(reportOptions).some(name => args.flag(name));
  return !named && !args.flag('output') && !args.flag('json') && isTerminal();
}

/** Which report is asked for, and the expression of those that have one. Throws `usage` for several. */
export function parseReport(args: Args): { report: ReportName; symbol: string | undefined } {
  const asked = Object.keys(reportOptions).filter(name => args.flag(name));
  if (asked.length > 1)
    throw new NopsError('usage', `one report at a time: -${asked.join(', -')}`, 'nops pprof --help   lists them');
  const [name = 'top'] = asked;
  return { report: (name === 'text' ? 'top' : name) as ReportName, symbol: args.text(name) };
}

export function parseConfig(args: Args): ReportConfig {
  const chosen = granularities.filter(name => args.flag(name));
  if (chosen.length > 1) throw new NopsError('usage', `conflicting options: -${chosen.join(' and -')}`);
  if (args.flag('cum') && args.flag('flat')) throw new NopsError('usage', 'conflicting options: -cum and -flat');
  const config = {
    ...defaultConfig,
    granularity: chosen[0] ?? defaultConfig.granularity,
    sort: args.flag('cum') ? ('cum' as const) : ('flat' as const),
    trim: !args.flag('notrim'),
  };
  for (const name of [
    'noinlines',
    'showcolumns',
    'drop_negative',
    'mean',
    'relative_percentages',
    'compact_labels',
    'no_source_maps',
  ] as const)
    config[name] = args.flag(name);
  for (const name of [
    ...(Object.keys(filterOptions) as (keyof typeof filterOptions)[]),
    'sample_index',
    'unit',
    'source_path',
    'trim_path',
  ] as const)
    config[name] = args.text(name) ?? config[name];
  for (const name of ['nodecount', 'nodefraction', 'edgefraction', 'divide_by'] as const)
    config[name] = parseNumber(args, name) ?? config[name];
  return config;
}

function parseNumber(
  args: Args,
  name: 'nodecount' | 'nodefraction' | 'edgefraction' | 'divide_by',
): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const number = Number(text);
  const isWhole = name !== 'nodecount' || Number.isSafeInteger(number);
  if (text.trim() !== '' && Number.isFinite(number) && isWhole) return number;
  throw new NopsError('usage', `-${name} is no ${name === 'nodecount' ? 'whole ' : ''}number: ${JSON.stringify(text)}`);
}

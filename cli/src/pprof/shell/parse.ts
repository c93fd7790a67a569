/** A line of the shell, as Go's pprof reads it: `top10 -cum handler -idle > file`, `focus=handler`, `help top`. Pure. */

import { type ReportConfig, type ReportName, reports } from '@nops/core/profile/report/config';
import { NopsError } from '@nops/core/protocol/errors';
import { settingNames } from './settings.js';

/** By name; `text` is `top`. */
export const shellReports: ReadonlyMap<string, ReportName> = new Map([
  ...reports.map((name): [string, ReportName] => [name, name]),
  ['text', 'top'],
]);

export interface ReportLine {
  report: ReportName;
  symbol: string | undefined;
  /** For this report alone. */
  config: ReportConfig;
  /** Where to; undefined: standard output. */
  file: string | undefined;
}

/** Functions that `top` shows, unless told otherwise. */
const shownInTop = 10;

/** Throws `usage` for what is no report. */
export function parseReportLine(line: string, settings: ReportConfig): ReportLine {
  const [first = '', ...rest] = line.split(/\s+/).filter(word => word !== '');
  const [, name = first, count] = shellReports.has(first) ? [] : (/^(.*?)(\d+)$/.exec(first) ?? []);
  const report = shellReports.get(name);
  if (report === undefined) {
    if (settingNames.includes(first)) throw new NopsError('usage', `did you mean: ${first}=${rest[0] ?? '<val>'}`);
    throw new NopsError('usage', `unrecognized command: ${JSON.stringify(first)}`, 'help   lists the commands');
  }
  const words = count === undefined ? rest : [count, ...rest];
  const hasSymbol = report === 'peek' || report === 'list';
  const symbol = hasSymbol ? words.shift() : undefined;
  if (hasSymbol && symbol === undefined) throw new NopsError('usage', `command ${name} requires an argument`);
  const config = { ...settings };
  const focus: string[] = [];
  const ignore: string[] = [];
  let file: string | undefined;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (/^[+-]?\d+$/.test(word)) config.nodecount = Number(word);
    else if (word.startsWith('>')) file = word.slice(1) || words.shift() || throwEnd();
    else if (word === '-cum' || word === '--cum') config.sort = 'cum';
    else if (word.startsWith('-')) ignore.push(word.slice(1));
    else focus.push(word);
  }
  const filters = report === 'tags' ? (['tagfocus', 'tagignore'] as const) : (['focus', 'ignore'] as const);
  if (focus.length > 0) config[filters[0]] = focus.join('|');
  if (ignore.length > 0) config[filters[1]] = ignore.join('|');
  if (config.nodecount === -1 && report === 'top') config.nodecount = shownInTop;
  return { report, symbol, config, file };
}

function throwEnd(): never {
  throw new NopsError('usage', 'unexpected end of line after >');
}

/** What stands for several lines: names of sample types, and `:` for no filter. */
export function expand(line: string, sampleTypes: readonly string[]): string[] {
  if (line === ':') return ['focus=', 'ignore=', 'hide=', 'tagfocus=', 'tagignore='];
  for (const type of sampleTypes) {
    if (line === type) return [`sample_index=${type}`];
    if (line === `total_${type}`) return ['mean=0', `sample_index=${type}`];
    if (line === `mean_${type}`) return ['mean=1', `sample_index=${type}`];
  }
  return [line];
}

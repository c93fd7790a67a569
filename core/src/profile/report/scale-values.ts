/** In which unit a report shows its values, and what stands above it: Go's selectOutputUnit and reportLabels. */

import { convert, formatMeasured, formatPercentage } from '../measurement.js';
import { isDrawn } from './config.js';
import { mean } from './graph.js';
import type { GraphNode } from './graph-node.js';
import { baseName } from './node-info.js';
import type { Prepared } from './prepare.js';
import { formatTime } from './time.js';
import type { Trimmed } from './trim.js';

/** One unit for all values of the report: that of the smallest, unless the largest has a larger one; then 0.01 of it may be shown. */
export function outputUnit({ config, sampleUnit, total }: Prepared, nodes: readonly GraphNode[]): string {
  if (config.unit !== 'minimum' || nodes.length === 0) return config.unit;
  let smallest = 0;
  for (const node of nodes) {
    const value = Math.abs(mean(node.flat, node.flatDiv)) || Math.abs(mean(node.cum, node.cumDiv));
    if (value > 0 && (smallest === 0 || value < smallest)) smallest = value;
  }
  const divide = (value: number) => (config.divide_by > 0 ? Math.trunc(value / config.divide_by) : value);
  const low = divide(smallest === 0 ? total : smallest);
  const high = divide(total);
  const unitOf = (value: number) => convert(value, sampleUnit, 'minimum').unit;
  const isWide = unitOf(low) !== unitOf(high) && low * 100 < high;
  return unitOf(isWide ? low * 100 : low) || sampleUnit;
}

/** Writes a value of the report. */
export function valueFormat({ config, sampleUnit }: Prepared, unit: string): (value: number) => string {
  const { divide_by: by } = config;
  return value => formatMeasured(by > 0 && by !== 1 ? Math.trunc(value / by) : value, sampleUnit, unit);
}

/** File, comments, type, documentation, time and duration of a profile. */
export function profileLabels(prepared: Prepared, format: (value: number) => string): string[] {
  const { profile, total, sampleUnit, typeName } = prepared;
  const [main] = profile.mappings;
  const labels: string[] = [];
  if (main !== undefined && main.file !== '') labels.push(`File: ${baseName(main.file)}`);
  if (main !== undefined && main.buildId !== '') labels.push(`Build ID: ${main.buildId}`);
  labels.push(...profile.comments.filter(comment => !comment.startsWith('#')), `Type: ${typeName}`);
  if (profile.docUrl !== '') labels.push(`Doc: ${profile.docUrl}`);
  if (profile.timeNanos !== 0n) labels.push(`Time: ${formatTime(profile.timeNanos)}`);
  const { durationNanos } = profile;
  if (durationNanos === 0) return labels;
  const nanos = convert(total, sampleUnit, 'nanoseconds');
  const ratio = nanos.unit === 'ns' && nanos.value !== 0 ? `(${formatPercentage(nanos.value, durationNanos)})` : '';
  const duration = formatMeasured(durationNanos, 'nanoseconds', 'auto');
  return [...labels, `Duration: ${duration}, Total samples = ${format(total)} ${ratio}`];
}

/** What stands above a table or beside a graph. */
export function reportLabels(prepared: Prepared, trimmed: Trimmed, format: (value: number) => string): string[] {
  const { config, total, report } = prepared;
  const { nodes, candidates, droppedNodes, droppedEdges } = trimmed;
  const shown = nodes.reduce((sum, node) => sum + mean(node.flat, node.flatDiv), 0);
  const labels = [
    ...(config.compact_labels && !isDrawn(report) ? [] : profileLabels(prepared, format)),
    ...activeFilters(config),
    `Showing nodes accounting for ${format(shown)}, ${formatPercentage(shown, total).trim()} of ${format(total)} total`,
  ];
  if (total !== 0) {
    const part = (fraction: number) => format(Math.abs(Math.trunc(total * fraction)));
    const plural = (count: number, what: string) => `Dropped ${count} ${what}${count > 1 ? 's' : ''}`;
    if (droppedNodes > 0) labels.push(`${plural(droppedNodes, 'node')} (cum <= ${part(config.nodefraction)})`);
    if (droppedEdges > 0 && isDrawn(report))
      labels.push(`${plural(droppedEdges, 'edge')} (freq <= ${part(config.edgefraction)})`);
    if (nodes.length > 0 && nodes.length < candidates)
      labels.push(`Showing top ${nodes.length} nodes out of ${candidates}`);
  }
  if (isDrawn(report)) labels.push('\nSee https://git.io/JfYMW for how to read the graph');
  return labels;
}

const filters = [
  'focus',
  'ignore',
  'hide',
  'show',
  'show_from',
  'tagfocus',
  'tagignore',
  'tagshow',
  'taghide',
] as const;
const longestFilter = 80;

function activeFilters(config: Prepared['config']): string[] {
  const active = filters.filter(name => config[name] !== '').map(name => `${name}=${config[name]}`);
  if (active.length === 0) return [];
  const short = active.map(text => (text.length > longestFilter ? `${text.slice(0, longestFilter)}…` : text));
  return ['Active filters:', ...short.map(text => `   ${text}`)];
}

/** The reports of `nops pprof` as text, in the very columns of Go's, so that scripts which read those read these. */

import type { PprofCall, PprofResult, PprofRow } from '../../protocol/pprof-results.js';
import { type ShownFields, safe } from '../../units/safe.js';
import { formatMeasured, formatPercentage } from '../measurement.js';
import { pprofCsv, pprofMarkdown } from './text-tables.js';

/** Fields of a result that are not one line each. */
export const pprofShown: ShownFields = { text: 'lines', 'routines.lines.source': 'columns' };

export function formatPprof(given: PprofResult): string {
  const result = safe(given, pprofShown);
  switch (result.report) {
    case 'top':
      return `${head(result)}${top(result)}`;
    case 'tree':
    case 'peek':
      return `${head(result)}${tree(result)}`;
    case 'traces':
      return `${head(result)}${traces(result)}`;
    case 'tags':
      return tags(result);
    case 'list':
      return listing(result);
    case 'csv':
      return pprofCsv(result);
    case 'markdown':
      return pprofMarkdown(result, valueFormat(result));
    case 'proto':
    case 'flame.html':
      return '';
    case 'cpuprofile':
    case 'heapprofile':
    case 'speedscope':
    case 'firefox':
      return `${result.text}\n`;
    default:
      return result.text ?? '';
  }
}

function head({ labels }: PprofResult): string {
  return labels.map(label => `${label}\n`).join('');
}

function valueFormat({ sampleUnit, unit, divideBy }: PprofResult): (value: number) => string {
  return value => formatMeasured(divideBy === 1 ? value : Math.trunc(value / divideBy), sampleUnit, unit);
}

function top(result: PprofResult): string {
  const format = valueFormat(result);
  const { total } = result;
  let sum = 0;
  const rows = (result.rows ?? []).map(row => {
    sum += row.flat;
    const inline = row.inline === 'no' ? '' : row.inline === 'all' ? ' (inline)' : ' (partial-inline)';
    return `${columns(row, sum, total, format)}  ${row.name}${inline}\n`;
  });
  return `${'flat'.padStart(10)} ${'flat'.padStart(5)}% ${'sum'.padStart(5)}% ${'cum'.padStart(10)} ${'cum'.padStart(5)}%\n${rows.join('')}`;
}

function columns({ flat, cum }: PprofRow, sum: number, total: number, format: (value: number) => string): string {
  return [
    format(flat).padStart(10),
    formatPercentage(flat, total),
    formatPercentage(sum, total),
    format(cum).padStart(10),
    formatPercentage(cum, total),
  ].join(' ');
}

const treeRule = '----------------------------------------------------------+-------------\n';
/** With the blanks and tabs at its end that Go's has. */
const treeHead = '      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n';

function tree(result: PprofResult): string {
  const format = valueFormat(result);
  const { nodes = [], total } = result;
  let sum = 0;
  const parts = nodes.map(node => {
    sum += node.flat;
    const call = ({ name, weight, inline }: PprofCall) =>
      `${format(weight).padStart(50)} ${formatPercentage(weight, node.cum)} |   ${name}${inline ? ' (inline)' : ''}\n`;
    const own = `${columns(node, sum, total, format)}                | ${node.name}\n`;
    return treeRule + node.callers.map(call).join('') + own + node.callees.map(call).join('');
  });
  return treeRule + treeHead + parts.join('') + (nodes.length > 0 ? treeRule : '');
}

const traceRule = '-----------+-------------------------------------------------------\n';

function traces(result: PprofResult): string {
  const format = valueFormat(result);
  const samples = (result.traces ?? []).map(({ labels, value, stack }) => {
    const shown = labels.map(({ key, values }) => `${key.padStart(10)}:  ${values.join(' ')}\n`);
    const frames = stack.map(
      ({ name, inline }, i) => `${(i === 0 ? format(value) : '').padStart(10)}   ${name}${inline ? ' (inline)' : ''}\n`,
    );
    return traceRule + shown.join('') + frames.join('');
  });
  return samples.join('') + traceRule;
}

/** Each key with its values, aligned right within the key's block. Percentages are of all samples, also of those without the key. */
function tags(result: PprofResult): string {
  const { tags: keys = [], total: whole } = result;
  const format = valueFormat(result);
  const share = (value: number) => (whole > 0 ? ` (${formatPercentage(value, whole)})` : '');
  const blocks = keys.map(({ key, total, values }) => {
    const name = `${key}:`;
    const cells = values.map(({ value }) => `${format(value)}${share(value)}:`);
    // A blank at least, as Go's tabwriter has it.
    const first = Math.max(name.length, 1) + 1;
    const second = Math.max(...cells.map(cell => cell.length)) + 1;
    const rows = values.map(
      ({ name: text }, i) => `${' '.repeat(first)}${(cells[i] ?? '').padStart(second)} ${text}\n`,
    );
    return `${name.padStart(first)} Total ${format(total)} of ${format(whole)}${share(total)}\n${rows.join('')}\n`;
  });
  return blocks.join('');
}

function listing(result: PprofResult): string {
  const format = valueFormat(result);
  const orDot = (value: number) => (value === 0 ? '.' : format(value)).padStart(10);
  const parts = (result.routines ?? []).map(({ name, file, flat, cum, lines, error }) => {
    if (file === '') return `No source information for ${name}\n`;
    const share = formatPercentage(cum, result.total);
    const title = `ROUTINE ======================== ${name} in ${file}\n`;
    const sums = `${format(flat).padStart(10)} ${format(cum).padStart(10)} (flat, cum) ${share} of Total\n`;
    if (error !== undefined) return `${title}${sums} Error: ${error}\n`;
    const rows = lines.map(
      line => `${orDot(line.flat)} ${orDot(line.cum)} ${String(line.line).padStart(6)}:${line.source}\n`,
    );
    return title + sums + rows.join('');
  });
  return `Total: ${format(result.total)}\n${mappedFiles(result)}${parts.join('')}`;
}

/** Which files' lines are those of other files. */
function mappedFiles({ routines = [] }: PprofResult): string {
  const lines = routines.flatMap(({ mapped }) => {
    if (mapped === undefined) return [];
    const by = mapped.map === mapped.file ? 'the source map in it' : mapped.map;
    return [`Mapped: ${mapped.file} by ${by}\n`];
  });
  return [...new Set(lines)].join('');
}

/** `nops pprof -top` for other programs (RFC 4180), and for issues and chats (GitHub's Markdown). */

import type { PprofResult, PprofRow } from '../../protocol/pprof-results.js';
import { formatPercentage } from '../measurement.js';

/** Values as they are in the profile; fractions of the total from 0 to 1. */
export function pprofCsv({ rows = [], total, sampleType, sampleUnit }: PprofResult): string {
  const part = (value: number) => (total === 0 ? 0 : value / total);
  const head = ['function', 'flat', 'flat_fraction', 'cum', 'cum_fraction', 'inline', 'type', 'unit'];
  const lines = rows.map(({ name, flat, cum, inline }) => [
    name,
    flat,
    part(flat),
    cum,
    part(cum),
    inline,
    sampleType,
    sampleUnit,
  ]);
  return [head, ...lines].map(line => `${line.map(cell).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula gets an apostrophe. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function pprofMarkdown(result: PprofResult, format: (value: number) => string): string {
  const { rows = [], labels, total } = result;
  const line = ({ name, flat, cum }: PprofRow) =>
    `| ${format(flat)} | ${formatPercentage(flat, total).trim()} | ${format(cum)} | ${formatPercentage(cum, total).trim()} | ${code(name)} |\n`;
  const head = '| flat | flat% | cum | cum% | function |\n| ---: | ---: | ---: | ---: | --- |\n';
  return `${labels.map(label => `${text(label)}  \n`).join('')}\n${head}${rows.map(line).join('')}`;
}

/** Between enough backquotes; a bar would end the cell. */
function code(name: string): string {
  const shown = name.replaceAll('|', '\\|');
  const fence = '`'.repeat(1 + Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length)));
  return fence.length === 1 ? `\`${shown}\`` : `${fence} ${shown} ${fence}`;
}

function text(label: string): string {
  return label.replace(/[\\`*_[\]<>|]/g, '\\$&');
}

/** Suspended async functions as text: a stack for each group, innermost function first, and what it waits on below. */

import type { AsyncCause, AsyncFrame, AsyncGroup, AsyncLink, AsyncResult } from '@nops/core/protocol/async-results';
import { formatBytes, formatNumber } from '@nops/core/units/format';
import type { Output } from './output.js';

/** More than these are rarely read; `--all` and `--json` have them all. */
const usualGroups = 30;

/** A plain await says nothing of its own. */
function describeLink(link: AsyncLink): string {
  if (link === 'await') return '';
  if (link === 'iterate') return 'for await';
  return link === 'then' ? 'then' : `Promise.${link}`;
}

export function formatAsync(result: AsyncResult, output: Output, all: boolean): string {
  const shown = all ? result.groups : result.groups.slice(0, usualGroups);
  const left = result.groups.length - shown.length;
  const more = left === 0 ? '' : `\n${output.colors.dim(`and ${left} more groups: --all shows them`)}\n`;
  return `${formatSummary(result, output)}${shown.map(group => `\n${formatGroup(group, output)}`).join('')}${more}`;
}

function formatSummary(result: AsyncResult, { colors }: Output): string {
  if (result.suspended === 0) return 'no async function is suspended\n';
  const { suspended, runnable, inTransit, lost, scan } = result;
  const parts = [
    `${formatNumber(suspended)} suspended async functions`,
    `${formatNumber(suspended - runnable - inTransit - lost)} stuck`,
    `${formatNumber(inTransit)} in transit`,
    `${formatNumber(runnable)} runnable`,
    ...(lost === 0 ? [] : [`${formatNumber(lost)} lost sight of`]),
  ];
  const cost = `read ${formatBytes(scan.heapBytes)} of heap twice in ${formatNumber(scan.wallMs)} ms, ${formatNumber(scan.cpuMs)} ms of CPU; the process was not paused`;
  return `${parts.join(', ')}\n${colors.dim(cost)}\n`;
}

function formatGroup(group: AsyncGroup, output: Output): string {
  const { colors } = output;
  const state = group.runnable
    ? 'runnable'
    : group.stuckMs > 0
      ? `stuck ≥ ${formatNumber(group.stuckMs)} ms`
      : 'in transit';
  const title = colors.head(`${formatNumber(group.count)} × ${state}`);
  const frames = group.frames.map(frame => formatFrame(frame, output));
  const causes = group.waitsOn.map(cause => formatCause(cause, group, output));
  return [title, ...frames, ...causes].map(line => `${line}\n`).join('');
}

/** `    function(arguments)  file:line:column  how it waits`. */
function formatFrame(frame: AsyncFrame, { colors }: Output): string {
  const name = frame.function === '' ? '(anonymous)' : frame.function;
  const values = frame.values === undefined ? '' : `(${frame.values.join(', ')})`;
  const url = frame.url === '' ? '(no file)' : frame.url;
  const place = frame.line === 0 ? url : `${url}:${frame.line}:${frame.column}`;
  const notes = [describeLink(frame.link), frame.folded === undefined ? '' : `${frame.folded} frames`].filter(
    note => note !== '',
  );
  const end = notes.length === 0 ? '' : colors.dim(`  (${notes.join(', ')})`);
  return `    ${name}${values}  ${place}${end}`;
}

function formatCause({ type, detail, count = 1 }: AsyncCause, group: AsyncGroup, { colors }: Output): string {
  const share = count > 1 && group.count > 1 ? ` (${count} of those looked at)` : '';
  const what = type === 'object' || type === 'unknown' ? '' : `${type}: `;
  return `    ${colors.warn('waits on')} ${what}${detail}${share}`;
}

/** flamebearer's summary of a profile: what to look at first, as text for people and for programs that read text. */

import { basename } from 'node:path';
import { toCpuProfile } from '@nops/core/profile/formats/to-cpuprofile';
import { NopsError } from '@nops/core/protocol/errors';
import type { ReportResult, ReportThread } from '@nops/core/protocol/report-results';
import { printable } from '@nops/core/units/printable';
import type { Thread, Trace } from 'flamebearer';
import { combine } from './combine.js';
import { provideGroupBy } from './map-group-by.js';
import { type Content, profileOf } from './sources.js';

export interface SummaryOptions {
  top: number;
  /** Milliseconds from each thread's start. */
  from: number | undefined;
  to: number | undefined;
  threads: string[];
  /** A function to tell more about. */
  stacks: string | undefined;
  sourceMaps: boolean;
}

const listed = 500;

/** V8's CPU profiles and Chrome traces are taken as they are, all else is made one. */
export async function summarize(
  contents: readonly Content[],
  { top, from, to, threads, stacks, sourceMaps }: SummaryOptions,
): Promise<Omit<ReportResult, 'schema'>> {
  provideGroupBy();
  const { filterTrace, formatReport, parseCpuProfile, parseTrace, resolveSourceMaps } = await import('flamebearer');
  const notes: string[] = [];
  const found: Trace = { threads: [] };
  for (const content of contents) {
    const { json, source } = content;
    const name = source === '-' ? 'standard input' : basename(source).replace(/\.cpuprofile$/, '');
    // Converted first in any case: that refuses what is damaged, in words.
    const profile = await profileOf(content);
    if (isTrace(json)) found.threads.push(...parseTrace(json).threads);
    else if (isCpuProfile(json)) found.threads.push(parseCpuProfile(json, name));
    else {
      notes.push(
        `${source} has no times of samples: they stand one after the other here, so --from and --to mean little.`,
      );
      found.threads.push(parseCpuProfile(toCpuProfile(combine([profile], undefined), { closed: true }), name));
    }
  }
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), threads };
  const shown = from === undefined && to === undefined && threads.length === 0 ? found : filterTrace(found, range);
  if (shown.threads.length === 0)
    throw new NopsError('usage', `no thread is called like ${threads.join(', ')}`, 'Without --thread all are shown.');
  const summaries = shown.threads.map(summaryOf);
  // Source maps give names too; what is formatted is one text, in which nothing can be told from a line of the report's own any more.
  if (sourceMaps) resolveSourceMaps(shown);
  for (const thread of shown.threads) makePrintable(thread);
  const text = formatReport(shown, {
    top,
    color: false,
    sourceMaps: false,
    ...(stacks === undefined ? {} : { stacks }),
  });
  return { notes, threads: summaries, text };
}

/** In place: the threads are this report's own. */
function makePrintable(thread: Thread): void {
  thread.name = printable(thread.name);
  for (const { callFrame, lineTicks = [] } of thread.nodes.values()) {
    if (callFrame !== undefined) {
      callFrame.functionName = printable(callFrame.functionName);
      if (callFrame.url !== undefined) callFrame.url = printable(callFrame.url);
    }
    for (const tick of lineTicks) tick.url = printable(tick.url);
  }
}

function summaryOf({ name, samples, busy, idle, top }: Trace['threads'][number]): ReportThread {
  return {
    name,
    samples,
    busyMs: busy / 1000,
    idleMs: idle / 1000,
    top: top.slice(0, listed).map(({ frame, time }) => ({
      function: frame.functionName || '(anonymous)',
      url: frame.url ?? '',
      line: (frame.lineNumber ?? -1) + 1,
      selfMs: time / 1000,
    })),
  };
}

function isTrace(json: unknown): json is object {
  return Array.isArray(json) || (typeof json === 'object' && json !== null && 'traceEvents' in json);
}

function isCpuProfile(json: unknown): json is object {
  return typeof json === 'object' && json !== null && 'nodes' in json && 'samples' in json && 'timeDeltas' in json;
}

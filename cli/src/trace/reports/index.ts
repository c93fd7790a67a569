/** The reports of `nops trace`, by name: one file beside this one and one line here each. */

import { blockingReports } from '@nops/core/trace/report/blocking';
import type { TraceReport } from '../report.js';
import { blockingReport } from './blocking.js';
import { connections } from './connections.js';
import { diff } from './diff.js';
import { gc } from './gc.js';
import { loop } from './loop.js';
import { summary } from './summary.js';
import { task } from './task.js';
import { tasks } from './tasks.js';
import { threads } from './threads.js';

const reports: Record<string, TraceReport> = {
  summary,
  tasks,
  task,
  ...Object.fromEntries(blockingReports.map(name => [name, blockingReport(name)])),
  loop,
  gc,
  connections,
  threads,
  diff,
};

export const reportNames = Object.keys(reports);

/** undefined for a word that names none: then it is a target. */
export function reportOf(word: string | undefined): TraceReport | undefined {
  return word !== undefined && Object.hasOwn(reports, word) ? reports[word] : undefined;
}

/** Of a result, by its schema. */
export function reportOfSchema(schema: string): TraceReport {
  return reportOf(schema.split(/[./]/)[2]) ?? summary;
}

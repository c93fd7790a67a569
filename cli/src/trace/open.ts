/** Where a trace comes from: a file, standard input, or a target that is recorded now. */

import { statSync } from 'node:fs';
import { NopsError } from '@nops/core/protocol/errors';
import type { Context } from '../context.js';
import { readBytes } from '../pprof/read-bytes.js';
import { downloadTrace, maxRecordedBytes, type TraceWanted } from '../record/record-trace.js';
import { resolveTarget } from '../target/resolve.js';
import { type OpenTrace, understand } from './understand.js';

/** Throws `usage` for a file that is no trace, and what asking an agent throws. */
export async function openTrace(context: Context, source: string, wanted: TraceWanted): Promise<OpenTrace> {
  if (isFile(source)) return understand(source, await readBytes(source, context.signal));
  const trace = await downloadTrace(context, await resolveTarget(context, source), wanted);
  return understand(source, trace, maxRecordedBytes);
}

function isFile(source: string): boolean {
  if (source === '-' || statSync(source, { throwIfNoEntry: false }) !== undefined) return true;
  if (/\.(?:json|gz)$/.test(source))
    throw new NopsError('usage', `there is no file ${source}`, 'Name a trace, or a target.');
  return false;
}

/** A trace as the reports read it. */

import { NopsError } from '@nops/core/protocol/errors';
import { Accounts } from '@nops/core/trace/account';
import type { Trace } from '@nops/core/trace/model';
import { loadTrace } from './load.js';

export interface OpenTrace {
  source: string;
  trace: Trace;
  accounts: Accounts;
}

/** `source`: where it is from; `maxBytes`: what it may unpack to. Throws `usage` for what is no trace. */
export async function understand(source: string, bytes: Buffer, maxBytes?: number): Promise<OpenTrace> {
  try {
    const trace = await loadTrace(bytes, maxBytes);
    return { source, trace, accounts: new Accounts(trace) };
  } catch (error) {
    if (!(error instanceof NopsError)) throw error;
    throw new NopsError(
      error.code,
      `${source}: ${error.message}`,
      error.next ?? 'nops trace <pid> -o trace.json.gz   records one',
    );
  }
}

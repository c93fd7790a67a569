/** `nops top` into a pipe or file: the table, or a line of JSON, each second until it is interrupted. */

import { safe } from '@nops/core/units/safe';
import { formatJsonLine } from '../output/json.js';
import type { Output } from '../output/output.js';
import { formatTopResult } from '../output/top-table.js';
import type { Writer } from '../output/writer.js';
import type { TopSession } from './session.js';

const intervalMs = 1000;

/** Never returns: rejects when `signal` is aborted, and with `no-target` when the process ends. `output` is undefined for JSON. */
export async function showPlain(
  session: TopSession,
  stdout: Writer,
  output: Output | undefined,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    await session.sampleFor(intervalMs, signal);
    const result = session.result();
    session.turn();
    stdout.write(output === undefined ? formatJsonLine(result) : `${formatTopResult(safe(result), output)}\n`);
  }
}

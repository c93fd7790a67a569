/** `nops trace gc`: collections of garbage and their pauses. */

import type { TraceGc } from '@nops/core/protocol/trace-results';
import { gcReport } from '@nops/core/trace/report/gc';
import { formatMillis, formatShare } from '@nops/core/units/format';
import { formatTable } from '../../output/table.js';
import { formatHead, formatNotes, headOf } from '../head.js';
import { firstOf, type TraceReport } from '../report.js';

export const gc: TraceReport<TraceGc> = {
  takes: 0,
  traces: 1,
  compute: traces => ({ ...headOf('gc', firstOf(traces)), ...gcReport(firstOf(traces).trace) }),
  print(result, output) {
    const { count, totalMs, share, p50Ms, p99Ms, longest } = result;
    const rows = longest.map(({ ms, beginMs }) => [formatMillis(ms), formatMillis(beginMs)]);
    return [
      formatHead(result),
      `${count} collections, ${formatMillis(totalMs)}: ${formatShare(share)} of the time; p50 ${formatMillis(p50Ms)}, p99 ${formatMillis(p99Ms)}\n\n`,
      formatTable(
        [
          { head: 'LONGEST', align: 'right' },
          { head: 'AT', align: 'right' },
        ],
        rows,
        output,
      ),
      formatNotes(result.notes, output),
    ].join('');
  },
};

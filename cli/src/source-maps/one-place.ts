/** Whether the code of a compiled line is all from one part of one source, as where a compiler keeps lines and not where a minifier joins them. */

import type { TraceMap } from '@jridgewell/trace-mapping';
import { traceMapping } from '@nops/probe/source-maps/read-map';

/** Of the source: a statement that was written on several lines. */
const maxLines = 20;

/** `line` is 1-based. */
export function isOnePlace(map: TraceMap, line: number): boolean {
  const segments = traceMapping().decodedMappings(map)[line - 1] ?? [];
  const first = segments.find(segment => segment.length > 1);
  return segments.every(
    ([, source, original]) =>
      source === undefined ||
      original === undefined ||
      (source === first?.[1] && Math.abs(original - (first[2] ?? 0)) <= maxLines),
  );
}

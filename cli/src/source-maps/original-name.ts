/**
 * What a function is called in the source. V8 tells where its parameters begin, and a minifier's map has the original name where the new one
 * stands: right before them, or where the function is assigned.
 *
 *   function t(e){…}    const t=(e)=>…    t(e){…}
 *            ^ its name in the map; ( is where V8 says that it begins
 */

import type { TraceMap } from '@jridgewell/trace-mapping';
import { traceMapping } from '@nops/probe/source-maps/read-map';

/** Between a name and what it names: `=async function`, or a type's remains. */
const maxBetween = 40;

/** Lines and columns are 1-based. undefined: the map does not tell. */
export function originalName(
  map: TraceMap,
  lines: readonly string[],
  name: string,
  { line, column }: { line: number; column: number },
): string | undefined {
  if (line < 1 || column < 1 || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return undefined;
  const text = lines[line - 1] ?? '';
  const from = Math.max(0, column - 1 - maxBetween - name.length);
  const before = text.slice(from, column - 1);
  for (let at = before.lastIndexOf(name); at >= 0; at = at === 0 ? -1 : before.lastIndexOf(name, at - 1)) {
    if (isPart(before[at - 1]) || isPart(before[at + name.length])) continue;
    const segment = traceMapping().traceSegment(map, line - 1, from + at);
    if (segment === null || segment.length < 5 || segment[0] !== from + at) return undefined;
    return map.names[segment[4] ?? -1];
  }
  return undefined;
}

/** Of a longer name. */
function isPart(character: string | undefined): boolean {
  return character !== undefined && /[\p{ID_Continue}$]/u.test(character);
}

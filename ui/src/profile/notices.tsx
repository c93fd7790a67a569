/** What is not as it seems: what is left out of the graph, and why a view can't be had. */

import { formatValue } from '@nops/core/profile/value-text';
import { formatShare } from '@nops/core/units/format';
import { flameStates } from '../flame/flame-state.js';
import { graph, problem } from '../state/store.js';

export function Notices() {
  const lines = notices();
  return (
    <div class="notices" aria-live="polite">
      {problem.value !== '' && <p class="problem">{problem.value}</p>}
      {lines.map(line => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

function notices(): string[] {
  const shown = graph.value;
  if (shown === undefined) return [];
  const { negative } = shown.costs;
  const flame = flameStates[0].flame.value;
  const lines: string[] = [];
  if (negative > 0) lines.push(`${negative} samples with negative values are left out.`);
  if (flame !== undefined && flame.cut > 0)
    lines.push(
      `Of ${formatShare(flame.cut)} the farthest callers are left out: there are too many. The sandwich of a function shows all of its callers.`,
    );
  if (flame !== undefined && flame.cellNanos > 0)
    lines.push(
      `Too many calls to show each: every ${formatValue(flame.cellNanos, 'nanoseconds')} the sample that took most of it. Zoom in to see each.`,
    );
  return lines;
}

/** Below the graph: the focused frame, and what the colours mean. */

import { frameCategories } from '@nops/core/profile/frame-category';
import { viewField } from '../state/history.js';
import { coloring } from './coloring.js';
import type { FlameState } from './flame-state.js';
import { describeFrame } from './frame-text.js';
import { changeColors, cssColor, shades, theme } from './theme.js';

const meanings = { app: 'your code', dependency: 'node_modules', node: 'node: modules', native: 'native and V8' };

export function Legend({ state }: { state: FlameState }) {
  const frame = describeFrame(state, state.focused.value);
  return (
    <div class="legend">
      <div class="selected">
        {frame && (
          <>
            <bdi class="name">{frame.name}</bdi> <bdi class="place">{frame.place}</bdi> total {frame.total}
            {frame.self !== '' && `, self ${frame.self}`}
          </>
        )}
      </div>
      <ul aria-label="Colours">
        {entries().map(([meaning, color]) => (
          <li key={meaning}>
            <Swatch color={color} />
            {meaning}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The policy allows no style attributes in markup; a property that is set is none. */
function Swatch({ color }: { color: string }) {
  return <span class="swatch" aria-hidden="true" style={{ background: color }} />;
}

function entries(): [string, string][] {
  return [...entriesOfPalette(), ['several, too thin to tell apart', cssColor(theme.value.thin)]];
}

function entriesOfPalette(): [string, string][] {
  const colors = theme.value;
  const of = (palette: Uint32Array, index: number) => cssColor(palette[index] ?? 0);
  if (coloring.value.palette === 'changes') {
    const isRest = viewField('compare') === 'rest';
    const [less, same, more] = isRest
      ? ['less than elsewhere', 'as elsewhere', 'more than elsewhere, or only here']
      : ['less than before, or gone', 'as before', 'more than before, or new'];
    return [
      [less, of(colors.changes, 0)],
      [same, of(colors.changes, (changeColors - 1) / 2)],
      [more, of(colors.changes, changeColors - 1)],
    ];
  }
  if (coloring.value.palette === 'packages') return [['one colour for each package', of(colors.packages, 1)]];
  return frameCategories.map((category, i) => [meanings[category], of(colors.categories, i * shades + 1)]);
}

/** The focused frame as an item of an ARIA tree: what a screen reader says when the arrows move. Not seen; its text is below too. */

import type { FlameState } from './flame-state.js';
import { describeFrame, placeInTree } from './frame-text.js';

export function FocusedItem({ state }: { state: FlameState }) {
  const box = state.focused.value;
  const [layout, frame] = [state.layout.value, describeFrame(state, box)];
  if (layout === undefined || frame === undefined) return null;
  const { level, position, siblings, children } = placeInTree(layout, box);
  const parts = [
    frame.name,
    frame.place,
    `total ${frame.total}`,
    frame.self !== '' && `self ${frame.self}`,
    frame.change,
    frame.at,
    frame.ofView && `${frame.ofView} of the view`,
    frame.isFound && 'found by the search',
    children === 0 ? 'calls nothing' : `calls ${children}`,
  ];
  return (
    <div
      class="hidden"
      // A new element for each frame: a changed text alone may not be read out.
      key={box}
      id={`frame-${state.slot}-${box}`}
      tabIndex={-1}
      role="treeitem"
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-selected="true"
      aria-expanded={children > 0 ? 'true' : undefined}
    >
      {parts.filter(part => part !== '' && part !== false && part !== undefined).join(', ')}
    </div>
  );
}

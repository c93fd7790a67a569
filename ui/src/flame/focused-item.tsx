/** The focused frame as an item of an ARIA tree: what a screen reader says when the arrows move. Not seen; its text is below too. */

import { opened, shown } from '../state/store.js';
import { describeFrame, focusedBox, placeInTree } from './frames.js';

export function FocusedItem() {
  const graph = shown.value;
  const functions = opened.value?.functions;
  if (graph === undefined || functions === undefined) return null;
  const box = focusedBox.value;
  const { name, place, self, total, ofView, isFound } = describeFrame(graph, functions, box);
  const { level, position, siblings, children } = placeInTree(graph.layout, box);
  const parts = [
    name,
    place,
    `total ${total}`,
    `self ${self}`,
    ofView && `${ofView} of the view`,
    isFound && 'found by the search',
    children === 0 ? 'calls nothing' : `calls ${children}`,
  ];
  return (
    <div
      class="hidden"
      // A new element for each frame: a changed text alone may not be read out.
      key={box}
      id={`frame-${box}`}
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

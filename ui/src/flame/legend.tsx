/** Below the graph: the focused frame, and what the colours mean. */

import { opened, shown } from '../state/store.js';
import { describeFrame, focusedBox } from './frames.js';

const meanings = [
  ['app', 'your code'],
  ['dependency', 'node_modules'],
  ['node', 'node: modules'],
  ['native', 'native and V8'],
];

export function Legend() {
  const graph = shown.value;
  const functions = opened.value?.functions;
  const frame = graph && functions && describeFrame(graph, functions, focusedBox.value);
  return (
    <div class="legend">
      <div class="selected">
        {frame && (
          <>
            <bdi class="name">{frame.name}</bdi> <bdi class="place">{frame.place}</bdi> total {frame.total}, self{' '}
            {frame.self}
          </>
        )}
      </div>
      <ul aria-label="Colours">
        {meanings.map(([category, meaning]) => (
          <li key={category}>
            <span class={`swatch ${category}`} aria-hidden="true" />
            {meaning}
          </li>
        ))}
      </ul>
    </div>
  );
}

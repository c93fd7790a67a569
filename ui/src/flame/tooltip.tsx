/** What is under the pointer: a line around the box, and beside the pointer what it is. Neither draws the canvas again. */

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { FlameState } from './flame-state.js';
import { describeFrame } from './frame-text.js';

/** From the pointer, and from the window's edges. */
const distancePx = 14;
const marginPx = 6;

export function Tooltip({ state }: { state: FlameState }) {
  const element = useRef<HTMLDivElement>(null);
  const at = state.hovered.value;
  useLayoutEffect(() => {
    const tip = element.current;
    if (tip === null || at === undefined) return;
    const { width, height } = tip.getBoundingClientRect();
    const below = at.y + distancePx + height + marginPx <= innerHeight;
    const left = Math.max(marginPx, Math.min(at.x + distancePx, innerWidth - width - marginPx));
    const top = below ? at.y + distancePx : Math.max(marginPx, at.y - distancePx - height);
    tip.style.transform = `translate(${left}px, ${top}px)`;
  });
  const frame = at && describeFrame(state, at.box);
  if (frame === undefined) return null;
  const facts = [
    ['Total', frame.total],
    ['Self', frame.self],
    ['Of the view', frame.ofView],
    ['Changed', frame.change],
    ['Began', frame.at],
  ];
  return (
    <div class="tooltip" ref={element} role="tooltip">
      <bdi class="name">{frame.name}</bdi>
      {frame.place !== '' && <bdi class="place">{frame.place}</bdi>}
      <dl>
        {facts.map(
          ([what, text]) =>
            text !== undefined &&
            text !== '' && (
              <div key={what}>
                <dt>{what}</dt>
                <dd>{text}</dd>
              </div>
            ),
        )}
      </dl>
    </div>
  );
}

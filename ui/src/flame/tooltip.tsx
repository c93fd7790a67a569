/** What is under the pointer, beside it. */

import { useLayoutEffect, useRef } from 'preact/hooks';
import { opened, shown } from '../state/store.js';
import { describeFrame, hovered } from './frames.js';

/** From the pointer, and from the window's edges. */
const distancePx = 14;
const marginPx = 6;

export function Tooltip() {
  const element = useRef<HTMLDivElement>(null);
  const at = hovered.value;
  useLayoutEffect(() => {
    const tip = element.current;
    if (tip === null || at === undefined) return;
    const { width, height } = tip.getBoundingClientRect();
    const below = at.y + distancePx + height + marginPx <= innerHeight;
    const left = Math.max(marginPx, Math.min(at.x + distancePx, innerWidth - width - marginPx));
    const top = below ? at.y + distancePx : Math.max(marginPx, at.y - distancePx - height);
    tip.style.transform = `translate(${left}px, ${top}px)`;
  });
  const graph = shown.value;
  const functions = opened.value?.functions;
  if (at === undefined || graph === undefined || functions === undefined) return null;
  const { name, place, self, total, ofView } = describeFrame(graph, functions, at.box);
  return (
    <div class="tooltip" ref={element} role="tooltip">
      <bdi class="name">{name}</bdi>
      {place !== '' && <bdi class="place">{place}</bdi>}
      <dl>
        <dt>Total</dt>
        <dd>{total}</dd>
        <dt>Self</dt>
        <dd>{self}</dd>
        {ofView !== undefined && (
          <>
            <dt>Of the view</dt>
            <dd>{ofView}</dd>
          </>
        )}
      </dl>
    </div>
  );
}

/**
 * What is under the pointer, beside it. Pointing is the most frequent thing that happens here: it draws no canvas, measures no element, and
 * changes only texts of elements that are there.
 */

import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { FlameState } from './flame-state.js';
import { describeFrame, type FrameText } from './frame-text.js';

/** From the pointer. */
const distancePx = 14;

const facts: [keyof FrameText, string][] = [
  ['total', 'Total'],
  ['self', 'Self'],
  ['ofView', 'Of the view'],
  ['change', 'Changed'],
  ['at', 'Began'],
];

export function Tooltip({ state }: { state: FlameState }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      effect(() => {
        const [tip, at] = [element.current, state.hovered.value];
        if (tip === null) return;
        const frame = at && describeFrame(state, at.box);
        tip.hidden = frame === undefined;
        if (at !== undefined && frame !== undefined) fill(tip, frame, at);
      }),
    [state],
  );
  return (
    <div class="tooltip" ref={element} role="tooltip" hidden>
      <bdi class="name" />
      <bdi class="place" />
      <dl>
        {facts.map(([fact, title]) => (
          <div key={fact}>
            <dt>{title}</dt>
            <dd />
          </div>
        ))}
      </dl>
    </div>
  );
}

function fill(tip: HTMLElement, frame: FrameText, { x, y }: { x: number; y: number }): void {
  const [name, place, list] = tip.children;
  setText(name, frame.name);
  setText(place, frame.place);
  for (const [i, [fact]] of facts.entries()) {
    const row = list?.children[i];
    const text = frame[fact];
    if (row instanceof HTMLElement) row.hidden = text === undefined || text === '';
    setText(row?.lastElementChild, typeof text === 'string' ? text : '');
  }
  // Towards the middle of the window there is room for it, whatever its size.
  const [isRight, isLow] = [x > innerWidth / 2, y > innerHeight / 2];
  tip.style.left = isRight ? 'auto' : `${x + distancePx}px`;
  tip.style.right = isRight ? `${innerWidth - x + distancePx}px` : 'auto';
  tip.style.top = isLow ? 'auto' : `${y + distancePx}px`;
  tip.style.bottom = isLow ? `${innerHeight - y + distancePx}px` : 'auto';
}

function setText(element: Element | null | undefined, text: string): void {
  if (element != null && element.textContent !== text) element.textContent = text;
}

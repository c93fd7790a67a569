/**
 * Pointer and wheel on the flame graph: click zooms in, double-click out, drag pans, the wheel scrolls and, with Ctrl or ⌘, zooms (as a
 * trackpad's pinch does); two fingers zoom. Vertical scrolling by wheel and finger is the browser's own.
 */

import { boxAt } from '@nops/core/profile/flame/view';
import { panBy, zoomBy } from './actions.js';
import type { FlameState } from './flame-state.js';
import { rowHeight } from './painter.js';

/** A hand trembles by less. */
const dragPx = 4;
/** Of e; a notch of a usual wheel is 100 or 120 pixels. */
const zoomPerPixel = 0.004;

export function attachGestures(state: FlameState, scroller: HTMLElement, canvas: HTMLCanvasElement): void {
  const { hovered } = state;
  const pointers = new Map<number, { x: number; y: number }>();
  let start: { x: number; y: number } | undefined;
  let dragged = false;

  const boxUnder = (event: MouseEvent): number => {
    const layout = state.layout.value;
    if (layout === undefined) return -1;
    const { from, to } = state.range.value;
    const { left, top, width } = canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - top + scroller.scrollTop) / rowHeight);
    return boxAt(layout, row, from + ((event.clientX - left) / width) * (to - from));
  };
  const shareOf = (x: number) => (x - canvas.getBoundingClientRect().left) / canvas.clientWidth;
  const hover = (event: MouseEvent) => {
    const box = boxUnder(event);
    hovered.value = box < 0 ? undefined : { box, x: event.clientX, y: event.clientY };
  };

  canvas.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    start = { x: event.clientX, y: event.clientY };
    dragged = pointers.size > 1;
  });
  canvas.addEventListener('pointermove', event => {
    const last = pointers.get(event.pointerId);
    if (last === undefined || start === undefined) return hover(event);
    const now = { x: event.clientX, y: event.clientY };
    if (!dragged && Math.hypot(now.x - start.x, now.y - start.y) < dragPx) return;
    if (!dragged) canvas.setPointerCapture(event.pointerId);
    dragged = true;
    hovered.value = undefined;
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (other === undefined) {
      panBy(state, (last.x - now.x) / canvas.clientWidth);
      if (event.pointerType === 'mouse') scroller.scrollTop += last.y - now.y;
    } else {
      const [before, after] = [Math.abs(last.x - other.x), Math.abs(now.x - other.x)];
      if (before > dragPx && after > dragPx) zoomBy(state, before / after, shareOf((now.x + other.x) / 2));
    }
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(end, event => pointers.delete(event.pointerId));
  }
  canvas.addEventListener('pointerleave', () => {
    hovered.value = undefined;
  });
  canvas.addEventListener('click', event => {
    // The second click of two is part of a double click.
    if (dragged || event.detail > 1) return;
    const box = boxUnder(event);
    if (box < 0) return;
    state.focused.value = box;
    state.choose(box);
    hover(event);
  });
  canvas.addEventListener('dblclick', event => {
    state.zoomTo(0);
    hover(event);
  });
  scroller.addEventListener(
    'wheel',
    event => {
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? rowHeight : 1;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault(); // the browser would zoom the page
        zoomBy(state, Math.exp(event.deltaY * pixels * zoomPerPixel), shareOf(event.clientX));
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault(); // the browser would go back a page
        panBy(state, (event.deltaX * pixels) / canvas.clientWidth);
      }
      hovered.value = undefined;
    },
    { passive: false },
  );
  scroller.addEventListener('scroll', () => {
    hovered.value = undefined;
  });
}

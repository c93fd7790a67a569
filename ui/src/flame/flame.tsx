/**
 * The flame graph: a canvas the size of the visible part, which stays in place while the element scrolls below it. To assistive
 * technology it is a tree whose active item is the focused frame.
 */

import { rowCount } from '@nops/core/profile/flame-layout';
import { rowOf } from '@nops/core/profile/flame-view';
import { formatValue } from '@nops/core/profile/value-text';
import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { found, opened, range, shown, zoomedBox } from '../state/store.js';
import { pressKey } from './actions.js';
import { FocusedItem } from './focused-item.js';
import { colors, focusedBox, hovered, labels } from './frames.js';
import { attachGestures } from './gestures.js';
import { Painter, rowHeight } from './painter.js';
import { theme } from './theme.js';

const hasFocus = signal(false);

export function Flame() {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const spacer = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (scroller.current === null || canvas.current === null || spacer.current === null) return;
    return run(scroller.current, canvas.current, spacer.current);
  }, []);
  return (
    <div
      class="flame"
      ref={scroller}
      tabIndex={0}
      role="tree"
      aria-label="Flame graph. Arrows: caller, callee and siblings; Enter zooms in, Escape out."
      aria-activedescendant={`frame-${focusedBox.value}`}
      onKeyDown={event => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey && pressKey(event.key)) event.preventDefault();
      }}
      onFocus={() => {
        hasFocus.value = true;
      }}
      onBlur={() => {
        hasFocus.value = false;
      }}
    >
      <canvas ref={canvas} />
      <div class="spacer" ref={spacer} />
      <FocusedItem />
      {shown.value?.total === 0 && <p class="notice">This profile holds no {typeName()}.</p>}
    </div>
  );
}

function typeName(): string {
  return opened.value?.sampleTypes[shown.value?.type ?? 0]?.type ?? 'samples';
}

/** Draws whenever something that is drawn changes, at most once a frame; the returned function ends it. */
function run(scroller: HTMLElement, canvas: HTMLCanvasElement, spacer: HTMLElement): () => void {
  const painter = new Painter(canvas);
  const size = signal({ width: 0, height: 0, ratio: 1 });
  const scrollTop = signal(0);
  const measure = () => {
    const { clientWidth: width, clientHeight: height } = scroller;
    const { width: w, height: h, ratio } = size.peek();
    if (w !== width || h !== height || ratio !== devicePixelRatio)
      size.value = { width, height, ratio: devicePixelRatio };
  };
  const observer = new ResizeObserver(measure);
  observer.observe(scroller);
  addEventListener('resize', measure); // the pixel ratio changes with the browser's zoom
  const onScroll = () => {
    scrollTop.value = scroller.scrollTop;
  };
  scroller.addEventListener('scroll', onScroll);
  attachGestures(scroller, canvas);
  measure();

  const stops = [
    effect(() => {
      const { width, height, ratio } = size.value;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      painter.resize(width, height, ratio);
    }),
    effect(() => {
      const rows = shown.value === undefined ? 0 : rowCount(shown.value.layout);
      spacer.style.height = `${Math.max(0, rows * rowHeight - size.value.height)}px`;
    }),
    effect(() => keepInView(scroller, focusedBox.value)),
    effect(() => {
      // The boxes move away from under the pointer.
      if (shown.value !== undefined && range.value !== undefined) hovered.value = undefined;
    }),
    drawOnChange(() => {
      const graph = shown.value;
      if (graph === undefined || size.value.width === 0) return undefined;
      const scene = {
        layout: graph.layout,
        labels: labels.value,
        colors: colors.value,
        rootLabel: `all · ${formatValue(graph.total, graph.unit)}`,
        ...range.value,
        scrollTop: scrollTop.value,
        found: found.value?.type === graph.type ? found.value : undefined,
        zoomedRow: rowOf(graph.layout, zoomedBox.value),
        focused: hasFocus.value ? focusedBox.value : -1,
        hovered: hovered.value?.box ?? -1,
        theme: theme.value,
      };
      return () => painter.paint(scene);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    observer.disconnect();
    removeEventListener('resize', measure);
  };
}

/** `prepare` reads signals and gives what to do in the next frame. */
function drawOnChange(prepare: () => (() => void) | undefined): () => void {
  let draw: (() => void) | undefined;
  let scheduled = 0;
  const stop = effect(() => {
    draw = prepare();
    if (scheduled !== 0) return;
    scheduled = requestAnimationFrame(() => {
      scheduled = 0;
      draw?.();
    });
  });
  return () => {
    stop();
    cancelAnimationFrame(scheduled);
  };
}

/** Scrolls as little as needed for the row of `box` to be seen. */
function keepInView(scroller: HTMLElement, box: number): void {
  const layout = shown.peek()?.layout;
  if (layout === undefined) return;
  const top = rowOf(layout, box) * rowHeight;
  const { scrollTop, clientHeight } = scroller;
  if (top < scrollTop) scroller.scrollTop = top;
  else if (top + rowHeight > scrollTop + clientHeight) scroller.scrollTop = top + rowHeight - clientHeight;
}

/**
 * A flame graph: a canvas the size of the visible part, which stays in place while the element scrolls below it. To assistive technology it
 * is a tree whose active item is the focused frame.
 */

import { rowOf } from '@nops/core/profile/flame/view';
import { formatValue } from '@nops/core/profile/value-text';
import { effect, signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { found, graph, opened } from '../state/store.js';
import { pressKey } from './actions.js';
import { coloring } from './coloring.js';
import { drawOnChange } from './draw-on-change.js';
import type { FlameState } from './flame-state.js';
import { FocusedItem } from './focused-item.js';
import { labels } from './frame-text.js';
import { attachGestures } from './gestures.js';
import { heightOf, Painter, rowHeight } from './painter.js';
import { theme } from './theme.js';
import { attachTooltip } from './tooltip.js';

export function FlameView({ state, title }: { state: FlameState; title: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const spacer = useRef<HTMLDivElement>(null);
  const hasFocus = useSignal(false);
  useEffect(() => {
    if (scroller.current === null || canvas.current === null || spacer.current === null) return;
    return run(state, hasFocus, scroller.current, canvas.current, spacer.current);
  }, [state]);
  return (
    <div
      class="flame"
      ref={scroller}
      tabIndex={0}
      role="tree"
      aria-label={`${title}. Arrows: caller, callee and siblings; Enter zooms in, Escape out.`}
      aria-activedescendant={`frame-${state.slot}-${state.focused.value}`}
      onKeyDown={event => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey && pressKey(state, event.key)) {
          event.preventDefault();
          event.stopPropagation();
        }
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
      <FocusedItem state={state} />
      {state.flame.value !== undefined && state.total.value === 0 && (
        <p class="notice">Nothing is left: no sample with a value of {typeName()} passes the filters.</p>
      )}
    </div>
  );
}

function typeName(): string {
  return opened.value?.sampleTypes[graph.value?.costs.type ?? 0]?.type ?? 'sample';
}

/** Draws whenever something that is drawn changes, at most once a frame; the returned function ends it. */
function run(
  state: FlameState,
  hasFocus: { value: boolean },
  scroller: HTMLElement,
  canvas: HTMLCanvasElement,
  spacer: HTMLElement,
): () => void {
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
  attachGestures(state, scroller, canvas);
  measure();

  const stops = [
    attachTooltip(state),
    effect(() => {
      const { width, height, ratio } = size.value;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      painter.resize(width, height, ratio);
    }),
    effect(() => {
      // A close-up may be lower: the page would jump.
      const height = Math.max(heightOf(state.whole.value?.layout), heightOf(state.layout.value));
      spacer.style.height = `${Math.max(0, height - size.value.height)}px`;
    }),
    effect(() => keepInView(state, scroller, state.focused.value)),
    effect(() => {
      // The boxes move away from under the pointer.
      if (state.layout.value !== undefined && state.range.value !== undefined) state.hovered.value = undefined;
    }),
    drawOnChange(() => {
      const [flame, shown] = [state.flame.value, graph.value];
      if (flame === undefined || shown === undefined || size.value.width === 0) return undefined;
      const matches = state.matches.value;
      const unit = flame.kind === 'time' ? 'nanoseconds' : shown.costs.unit;
      const scene = {
        flame,
        labels: labels.value,
        coloring: coloring.value,
        rootLabel: `all · ${formatValue(state.total.value, unit)}`,
        ...state.range.value,
        scrollTop: scrollTop.value,
        found: found.value && matches && { groups: found.value.groups, matches },
        zoomedRow: state.zoomedRow.value,
        focused: hasFocus.value ? state.focused.value : -1,
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

/** Scrolls as little as needed for the row of `box` to be seen. */
function keepInView(state: FlameState, scroller: HTMLElement, box: number): void {
  const layout = state.layout.peek();
  const isCarried = box === state.carried;
  state.carried = -1;
  if (layout === undefined || isCarried) return;
  const top = rowOf(layout, box) * rowHeight;
  const { scrollTop, clientHeight } = scroller;
  if (clientHeight < rowHeight) return; // not laid out yet
  if (top < scrollTop) scroller.scrollTop = top;
  else if (top + rowHeight > scrollTop + clientHeight) scroller.scrollTop = top + rowHeight - clientHeight;
}

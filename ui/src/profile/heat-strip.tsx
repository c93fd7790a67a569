/**
 * How busy the process was, second by second (columns) and within each (rows, from top to bottom). Dragging from one moment to another
 * selects the time between; every other view follows.
 */

import type { HeatMap } from '@nops/core/profile/query/heat-map';
import { formatValue } from '@nops/core/profile/value-text';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { theme } from '../flame/theme.js';
import { navigate, viewField } from '../state/history.js';
import { heat, opened } from '../state/store.js';

const rowPx = 3;

export function HeatStrip() {
  const map = heat.value;
  return map === undefined || opened.value?.isTimed !== true ? null : <Strip map={map} />;
}

function Strip({ map }: { map: HeatMap }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useSignal<{ from: number; to: number } | undefined>(undefined);
  const selected = drag.value ?? viewField('time');
  const colors = theme.value;
  useEffect(() => {
    if (canvas.current !== null) paint(canvas.current, map, selected, colors.background);
  });
  const cellAt = (event: PointerEvent): number => {
    const { left, top, width, height } = (canvas.current ?? document.body).getBoundingClientRect();
    const clamp = (value: number, end: number) => Math.max(0, Math.min(end - 1, Math.floor(value * end)));
    const column = clamp((event.clientX - left) / width, map.columns);
    return column * map.rows + clamp((event.clientY - top) / height, map.rows);
  };
  const rangeOf = (a: number, b: number) => ({
    from: Math.min(a, b) * map.rowNanos,
    to: (Math.max(a, b) + 1) * map.rowNanos,
  });
  const start = useRef<number | undefined>(undefined);
  return (
    <div class="heat">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`How busy it was: ${map.columns} columns of ${formatValue(map.columnNanos, 'nanoseconds')}. Drag to select a time.`}
        onPointerDown={event => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          start.current = cellAt(event);
        }}
        onPointerMove={event => {
          if (start.current !== undefined) drag.value = rangeOf(start.current, cellAt(event));
        }}
        onPointerUp={event => {
          if (start.current === undefined) return;
          const range = rangeOf(start.current, cellAt(event));
          start.current = undefined;
          drag.value = undefined;
          navigate({ time: range });
        }}
        onPointerCancel={() => {
          start.current = undefined;
          drag.value = undefined;
        }}
      />
    </div>
  );
}

/** One pixel for each cell, stretched by the style. */
function paint(
  canvas: HTMLCanvasElement,
  { columns, rows, rowNanos, cells }: HeatMap,
  selected: { from: number; to: number } | undefined,
  background: number,
): void {
  canvas.width = columns;
  canvas.height = rows;
  canvas.style.height = `${rows * rowPx}px`;
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) return;
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (const [cell, heatOfCell] of cells.entries()) {
    const at = cell * rowNanos;
    const isOut = selected !== undefined && (at + rowNanos / 2 < selected.from || at + rowNanos / 2 >= selected.to);
    const [column, row] = [Math.floor(cell / rows), cell % rows];
    pixels[row * columns + column] = heatColor(heatOfCell, background, isOut ? 0.35 : 1);
  }
  context.putImageData(image, 0, 0);
}

/** From the background to a full orange: one hue, so that more is darker for everybody. */
function heatColor(share: number, background: number, alpha: number): number {
  const full = 0xff1a4fd0;
  const mix = (shift: number) => {
    const [low, high] = [(background >>> shift) & 255, (full >>> shift) & 255];
    return Math.round(low + (high - low) * Math.sqrt(share) * alpha);
  };
  return (0xff000000 | (mix(16) << 16) | (mix(8) << 8) | mix(0)) >>> 0;
}

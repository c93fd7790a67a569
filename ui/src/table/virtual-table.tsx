/**
 * A table of which only the rows that are seen are elements. Where `move` is given, arrows and Home and End go from row to row: the row's
 * button gets the focus.
 */

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** style.css has it too. */
const rowPx = 38;
/** Rows kept above and below what is seen. */
const spareRows = 5;

export interface VirtualTableProps {
  label: string;
  count: number;
  /** With another one the table begins at its top again. */
  order: unknown;
  head: ComponentChildren;
  /** A `tr` with the `aria-rowindex` of `rowIndex`. */
  row(at: number): ComponentChildren;
  /** The row that arrows go from; −1: none. */
  selected?: number;
  move?(to: number): void;
}

/** Rows count from 1, and the head is one of them. */
export function rowIndex(at: number): number {
  return at + 2;
}

export function VirtualTable({ label, count, order, head, row, selected = -1, move }: VirtualTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const isMoving = useRef(false);
  const scrollTop = useSignal(0);
  const height = useSignal(0);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      height.value = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => scroller.current?.scrollTo(0, 0), [order]);
  useEffect(() => {
    if (!isMoving.current) return;
    const button = scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${rowIndex(selected)}"] button`);
    if (button == null) return;
    isMoving.current = false;
    button.focus({ preventScroll: true });
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const element = scroller.current;
    if (move === undefined || element === null || count === 0) return;
    const page = Math.max(1, Math.floor(element.clientHeight / rowPx) - 2);
    const to = nextRow(event.key, selected, count, page);
    if (to === undefined) return;
    event.preventDefault();
    const visible = element.clientHeight - 2 * rowPx;
    const top = Math.min(element.scrollTop, to * rowPx);
    element.scrollTo(0, Math.max(top, to * rowPx - visible));
    isMoving.current = true;
    move(to);
  };
  const first = Math.max(0, Math.floor(scrollTop.value / rowPx) - spareRows);
  const end = Math.min(count, Math.ceil((scrollTop.value + height.value) / rowPx) + spareRows);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys come from the buttons in the rows.
    <div
      class="rows"
      ref={scroller}
      onKeyDown={onKeyDown}
      onScroll={event => {
        scrollTop.value = event.currentTarget.scrollTop;
      }}
    >
      <table aria-label={label} aria-rowcount={count + 1}>
        {head}
        <tbody>
          <Gap rows={first} />
          {Array.from({ length: Math.max(0, end - first) }, (_, i) => row(first + i))}
          <Gap rows={count - Math.max(first, end)} />
        </tbody>
      </table>
    </div>
  );
}

function nextRow(key: string, from: number, count: number, page: number): number | undefined {
  const last = count - 1;
  const steps: Record<string, number> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: last,
  };
  const to = steps[key];
  return to === undefined ? undefined : Math.min(last, Math.max(0, to));
}

/** Stands for rows that are not seen. */
function Gap({ rows }: { rows: number }) {
  return rows > 0 ? <tr style={{ height: `${rows * rowPx}px` }} /> : null;
}

/** Work on libuv's threads by Node's own trace events: when it was asked for, and when a thread did it. */

import type { NativeSpan, Trace } from '../model.js';

export interface PoolWork {
  name: string;
  queuedTicks: number;
  workTicks: number;
}

/** Work of one kind is begun in the order in which it was asked for: libuv's queue is first come, first served. */
export function poolWork({ native }: Trace): PoolWork[] {
  const done = new Map<string, NativeSpan[]>();
  const byBegin = (a: NativeSpan, b: NativeSpan) => a.begin - b.begin;
  for (const span of native.filter(({ category }) => category === 'node.threadpoolwork.sync').sort(byBegin)) {
    const list = done.get(span.name);
    if (list === undefined) done.set(span.name, [span]);
    else list.push(span);
  }
  return native
    .filter(({ category }) => category === 'node.threadpoolwork.async')
    .sort(byBegin)
    .map(asked => {
      const list = done.get(asked.name) ?? [];
      const index = list.findIndex(({ begin, end }) => begin >= asked.begin && end <= asked.end);
      const work = index < 0 ? undefined : list.splice(index, 1)[0];
      const queuedTicks = work === undefined ? 0 : work.begin - asked.begin;
      return {
        name: asked.name,
        queuedTicks,
        workTicks: work === undefined ? asked.end - asked.begin : work.end - work.begin,
      };
    });
}

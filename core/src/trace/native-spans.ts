/** Node's own trace events → spans, each end joined to its begin. */

import type { TraceHeader } from './format.js';
import { ticksPerMs } from './format.js';
import type { NativeSpan } from './model.js';

export interface TraceEvent {
  ph?: string;
  cat?: string;
  name?: string;
  tid?: number;
  ts?: number;
  id?: string;
  args?: Record<string, unknown>;
}

/** A damaged file may hold begins without an end. */
const maxOpen = 100_000;

export class NativeSpans {
  readonly #header: TraceHeader;
  readonly #to: NativeSpan[];
  readonly #open = new Map<string, NativeSpan[]>();
  #openCount = 0;

  constructor(header: TraceHeader, to: NativeSpan[]) {
    this.#header = header;
    this.#to = to;
  }

  add({ ph, cat = '', name = '', tid = 0, ts = 0, id, args }: TraceEvent): void {
    const ticks = this.ticksAt(ts);
    const key = ph === 'B' || ph === 'E' ? `${tid} ${name}` : `${cat} ${name} ${id}`;
    if (ph === 'b' || ph === 'B') {
      if (this.#openCount >= maxOpen) return;
      const span = { category: cat, name: shortName(name), tid, begin: ticks, end: 0, detail: detailOf(args) };
      const stack = this.#open.get(key);
      if (stack === undefined) this.#open.set(key, [span]);
      else stack.push(span);
      this.#openCount++;
    } else if (ph === 'e' || ph === 'E') {
      const stack = this.#open.get(key);
      const span = stack?.pop();
      if (span === undefined) return;
      if (stack?.length === 0) this.#open.delete(key);
      this.#openCount--;
      span.end = ticks;
      this.#to.push(span);
    }
  }

  ticksAt(micros: number): number {
    return Math.max(0, Math.round(((micros - this.#header.startMicros) / 1000) * ticksPerMs));
  }
}

/** `fs.sync.read` is `read`. */
function shortName(name: string): string {
  return name.replace(/^fs\.sync\./, '');
}

function detailOf(args: Record<string, unknown> = {}): string {
  const { path, hostname, ip, port } = args;
  if (typeof path === 'string') return path;
  if (typeof hostname === 'string') return hostname;
  return typeof ip === 'string' ? `${ip.includes(':') ? `[${ip}]` : ip}:${port}` : '';
}

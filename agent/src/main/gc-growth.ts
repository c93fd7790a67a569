/** Sees how V8 collects in a window: how far the heap grows from one full collection to the next. Nothing runs outside of windows. */

import { GCProfiler } from 'node:v8';
import { NopsError } from '@nops/core/protocol/errors';
import type { GcGrowth } from '@nops/core/protocol/memory-results';

const maxWindows = 8;
/** The longest window that a client may ask for, and time to spare: one whose client left ends by itself. */
const expiresMs = 90_000;

/** What GCProfiler calls a full collection of the heap. */
const full = 'MarkSweepCompact';

interface Window {
  profiler: GCProfiler;
  begun: number;
  expiry: NodeJS.Timeout;
}

export class GcGrowthWindows {
  readonly #open = new Map<number, Window>();
  #counter = 0;

  begin(): number {
    if (this.#open.size >= maxWindows) {
      throw new NopsError('no-answer', `${maxWindows} measurements are under way already`, 'Try again later.');
    }
    const id = ++this.#counter;
    const profiler = new GCProfiler();
    profiler.start();
    const expiry = setTimeout(() => this.#close(id), expiresMs).unref();
    this.#open.set(id, { profiler, begun: performance.now(), expiry });
    return id;
  }

  end(id: number): GcGrowth {
    const window = this.#close(id);
    if (window === undefined) throw new NopsError('no-answer', 'the measurement took too long and was dropped');
    const collections = window.statistics.filter(({ gcType }) => gcType === full);
    const ratios = collections.slice(1).map((collection, index) => {
      const left = collections[index]?.afterGC.heapStatistics.usedHeapSize ?? 0;
      return left === 0 ? 0 : collection.beforeGC.heapStatistics.usedHeapSize / left - 1;
    });
    return {
      seconds: window.seconds,
      fullCollections: collections.length,
      growthPercent: ratios.length === 0 ? null : (100 * ratios.reduce((sum, ratio) => sum + ratio, 0)) / ratios.length,
    };
  }

  closeAll(): void {
    for (const id of [...this.#open.keys()]) this.#close(id);
  }

  #close(id: number): { statistics: ReturnType<GCProfiler['stop']>['statistics']; seconds: number } | undefined {
    const window = this.#open.get(id);
    if (window === undefined) return undefined;
    this.#open.delete(id);
    clearTimeout(window.expiry);
    return { statistics: window.profiler.stop().statistics, seconds: (performance.now() - window.begun) / 1000 };
  }
}

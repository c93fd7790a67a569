/** One worker thread, and what was seen of it since its last window. */

import { GrowingUint32 } from '@nops/core/profile/growing';
import type { SampleWindow } from '@nops/core/profile/sampling/sample-window';
import type { StackTree } from '@nops/core/profile/sampling/stack-tree';
import type { CallFrame } from '@nops/core/profile/v8-frame';
import type { WorkerLook } from '@nops/probe/beside/stack/worker-stacks';
import type { WorkerThread } from '@nops/probe/beside/v8/worker-threads';

/** Of a thread that has not ended. */
type Look = Exclude<WorkerLook, { state: 'ended' }>;

const special = (functionName: string): CallFrame => ({ functionName, url: '', lineNumber: -1, columnNumber: -1 });
/** V8's own names for these. */
const idle = special('(idle)');
const program = special('(program)');
const unread = special('(unresolved)');

export class SampledWorker {
  readonly thread: WorkerThread;
  beginMicros: number;
  lastMicros: number;
  dueAtMs = 0;
  #tree: StackTree;
  #nodes = new GrowingUint32(128);
  #offsets = new GrowingUint32(128);
  #ticks = new Map<number, Map<number, number>>();

  constructor(thread: WorkerThread, tree: StackTree, beginMicros: number) {
    this.thread = thread;
    this.#tree = tree;
    this.beginMicros = beginMicros;
    this.lastMicros = beginMicros;
  }

  add(look: Look, micros: number): void {
    const frames = framesOf(look);
    let node = 0;
    for (const frame of frames) node = this.#tree.node(node, frame);
    this.#nodes.push(node);
    this.#offsets.push(micros - this.beginMicros);
    this.lastMicros = micros;
    if (look.state !== 'busy') return;
    const line = look.line > 0 ? look.line : (frames.at(-1)?.lineNumber ?? -1) + 1;
    if (line <= 0) return;
    const lines = this.#ticks.get(node) ?? new Map<number, number>();
    this.#ticks.set(node, lines);
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }

  /** What was seen until then, which is where the next window begins, with its stacks in `tree`. */
  take(endMicros: number, intervalMicros: number, tree: StackTree): SampleWindow {
    const window = {
      tree: this.#tree,
      beginMicros: this.beginMicros,
      endMicros,
      intervalMicros,
      nodes: this.#nodes.finish(),
      offsets: this.#offsets.finish(),
      ticks: Uint32Array.from(
        [...this.#ticks].flatMap(([node, lines]) => [...lines].flatMap(([line, ticks]) => [node, line, ticks])),
      ),
    };
    this.#tree = tree;
    this.beginMicros = endMicros;
    this.#nodes = new GrowingUint32(128);
    this.#offsets = new GrowingUint32(128);
    this.#ticks = new Map();
    return window;
  }
}

function framesOf(look: Look): readonly CallFrame[] {
  if (look.state === 'idle') return [idle];
  if (look.state === 'unread') return [unread];
  return look.frames.length === 0 ? [program] : look.frames;
}

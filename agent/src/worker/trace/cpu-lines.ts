/**
 * CPU samples as Chrome's traces have them, and DevTools shows them: a `Profile` event, then `ProfileChunk`s with the samples of a window
 * and the nodes that no chunk before had, each naming its parent (trace events of the category disabled-by-default-v8.cpu_profiler).
 */

import type { SampleWindow } from '@nops/core/profile/sampling/sample-window';
import type { StackTree } from '@nops/core/profile/sampling/stack-tree';

const category = 'disabled-by-default-v8.cpu_profiler';

export class CpuLines {
  readonly #pid: number;
  #tree: StackTree | undefined;
  #told = new Set<number>();
  #last = 0;
  #profiles = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Samples before `fromMicros` belong to others. */
  lines(window: SampleWindow, fromMicros: number): object[] {
    const lines: object[] = [];
    if (window.tree !== this.#tree) {
      this.#tree = window.tree;
      this.#told = new Set();
      this.#last = Math.max(window.beginMicros, fromMicros);
      this.#profiles++;
      lines.push(this.#event('Profile', this.#last, { startTime: this.#last }));
    }
    const samples: number[] = [];
    const timeDeltas: number[] = [];
    const nodes: object[] = [];
    for (let i = 0; i < window.nodes.length; i++) {
      const micros = window.beginMicros + (window.offsets[i] ?? 0);
      const node = window.nodes[i] ?? 0;
      if (micros < this.#last || window.tree.kind(node) === 'own') continue;
      this.#tell(window.tree, node, nodes);
      samples.push(node + 1);
      timeDeltas.push(micros - this.#last);
      this.#last = micros;
    }
    if (samples.length > 0) {
      lines.push(this.#event('ProfileChunk', window.endMicros, { cpuProfile: { nodes, samples }, timeDeltas }));
    }
    return lines;
  }

  /** A node after those that call it, as readers expect. */
  #tell(tree: StackTree, node: number, nodes: object[]): void {
    if (this.#told.has(node)) return;
    this.#told.add(node);
    if (node === 0) {
      nodes.push({
        id: 1,
        callFrame: { functionName: '(root)', scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 },
      });
      return;
    }
    const parent = tree.parent(node);
    this.#tell(tree, parent, nodes);
    nodes.push({ id: node + 1, callFrame: { scriptId: '0', ...tree.frame(node) }, parent: parent + 1 });
  }

  #event(name: string, ts: number, data: object): object {
    const id = `0x${this.#profiles.toString(16)}`;
    return { pid: this.#pid, tid: this.#pid, cat: category, ph: 'P', id, name, ts, args: { data } };
  }
}

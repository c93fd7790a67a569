/**
 * The stacks that V8's CPU profiler has seen, each stored once: a node is a frame below the node of its caller, so a sample is one number,
 * and the windows of a long recording share their stacks.
 *
 *   node 0 is the root     parents[n] → the caller's node     frames[n] → index into `table`
 */

import { GrowingUint32 } from '../growing.js';
import type { CallFrame } from '../v8-frame.js';

/** What a sample at a node is: of the program, of V8's wait for events, or of the profiler's own turn in the thread. */
export type NodeKind = 'program' | 'idle' | 'own';

/** The function whose call opens and closes windows, see probe/src/through/cpu-windows.ts. */
export const turnFunctionName = 'nopsProfilerTurn';

const ownNames = new Set([turnFunctionName, 'profile', 'profileEnd']);
/** Bytes that a node and a frame take, their entries in the maps included: measured, on the high side. */
const nodeBytes = 72;
const frameBytes = 240;
/** More frames than this can't be told apart in a node's key; V8 has no heap for so many functions. */
const maxFrames = 2 ** 24;

export class StackTree {
  readonly parents = new GrowingUint32();
  readonly frames = new GrowingUint32();
  readonly table: CallFrame[] = [];
  readonly #kinds: NodeKind[] = ['program'];
  readonly #frameIds = new Map<string, number>();
  readonly #nodeIds = new Map<number, number>();
  #textLength = 0;

  constructor() {
    this.parents.push(0);
    this.frames.push(0);
  }

  /** Nodes, the root included. */
  get size(): number {
    return this.parents.length;
  }

  /** About what it holds in memory. */
  get bytes(): number {
    return this.size * nodeBytes + this.table.length * frameBytes + this.#textLength * 2;
  }

  /** The node of `frame`, called from the node `parent`. */
  node(parent: number, frame: CallFrame): number {
    return this.#child(parent, this.#frameId(frame));
  }

  parent(node: number): number {
    return this.parents.array[node] ?? 0;
  }

  frame(node: number): CallFrame {
    const frame = this.table[this.frames.array[node] ?? 0];
    if (frame === undefined) throw new Error(`node ${node} has no frame`);
    return frame;
  }

  kind(node: number): NodeKind {
    return this.#kinds[node] ?? 'program';
  }

  /** From `node` outwards, without the root. */
  path(node: number): number[] {
    const path: number[] = [];
    for (let n = node; n !== 0; n = this.parent(n)) path.push(n);
    return path;
  }

  /** The node here of the same stack as `node` of `other`. `known` remembers those that were asked for before. */
  adopt(other: StackTree, node: number, known: Map<number, number>): number {
    if (other === this || node === 0) return node;
    const before = known.get(node);
    if (before !== undefined) return before;
    let at = 0;
    for (const n of other.path(node).reverse()) {
      const there = known.get(n);
      at = there ?? this.node(at, other.frame(n));
      if (there === undefined) known.set(n, at);
    }
    return at;
  }

  #child(parent: number, frame: number): number {
    const key = parent * maxFrames + frame;
    const known = this.#nodeIds.get(key);
    if (known !== undefined) return known;
    const id = this.size;
    this.parents.push(parent);
    this.frames.push(frame);
    this.#kinds.push(this.#kinds[parent] === 'own' ? 'own' : kindOf(this.table[frame]));
    this.#nodeIds.set(key, id);
    return id;
  }

  #frameId(frame: CallFrame): number {
    const key = `${frame.lineNumber}:${frame.columnNumber}:${frame.functionName}\n${frame.url}`;
    const known = this.#frameIds.get(key);
    if (known !== undefined) return known;
    const { functionName, url, lineNumber, columnNumber } = frame;
    const id = this.table.push({ functionName, url, lineNumber, columnNumber }) - 1;
    this.#frameIds.set(key, id);
    this.#textLength += key.length;
    return id;
  }
}

function kindOf(frame: CallFrame | undefined): NodeKind {
  if (frame === undefined || frame.url !== '') return 'program';
  if (frame.functionName === '(idle)') return 'idle';
  return ownNames.has(frame.functionName) ? 'own' : 'program';
}

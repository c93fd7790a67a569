/** CPU samples out of `ProfileChunk` events, each different stack once. */

import { GrowingUint32 } from '../profile/growing.js';
import type { CallFrame } from '../profile/v8-frame.js';
import { countUpTo } from './intervals.js';
import type { CpuSamples } from './model.js';

interface ChunkNode {
  id: number;
  parent?: number;
  callFrame: CallFrame;
}

interface ChunkData {
  cpuProfile?: { nodes?: ChunkNode[]; samples?: number[] };
  timeDeltas?: number[];
}

interface OpenProfile {
  micros: number;
  nodes: Map<number, ChunkNode>;
  /** Numbers of stacks by their innermost node. */
  stacks: Map<number, number>;
}

const maxFrames = 128;

export class SampleReader {
  readonly #ticks = new GrowingUint32();
  readonly #stack = new GrowingUint32();
  readonly #stacks: string[] = [''];
  readonly #numbers = new Map<string, number>([['', 0]]);
  /** By the profile's id: when its last sample was taken, and its nodes so far. */
  readonly #profiles = new Map<string, OpenProfile>();

  begin(id: string, micros: number): void {
    this.#profiles.set(id, { micros, nodes: new Map(), stacks: new Map() });
  }

  chunk(id: string, data: ChunkData, ticksAt: (micros: number) => number): void {
    const profile = this.#profiles.get(id);
    if (profile === undefined) return;
    for (const node of data.cpuProfile?.nodes ?? []) profile.nodes.set(node.id, node);
    data.cpuProfile?.samples?.forEach((nodeId, index) => {
      profile.micros += data.timeDeltas?.[index] ?? 0;
      let stack = profile.stacks.get(nodeId);
      if (stack === undefined) {
        stack = this.#number(stackText(profile.nodes, nodeId));
        profile.stacks.set(nodeId, stack);
      }
      this.#ticks.push(ticksAt(profile.micros));
      this.#stack.push(stack);
    });
  }

  finish(): CpuSamples {
    return { ticks: this.#ticks.finish(), stack: this.#stack.finish(), stacks: this.#stacks };
  }

  #number(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#stacks.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }
}

/** When a sample last found the thread waiting for events in [from, to]; `from`: never. */
export function lastIdle({ ticks, stack, stacks }: CpuSamples, from: number, to: number): number {
  for (let sample = countUpTo(ticks, ticks.length, to) - 1; (ticks[sample] ?? 0) > from; sample--) {
    if (stacks[stack[sample] ?? 0] === '') return ticks[sample] ?? 0;
  }
  return from;
}

/** As the recorder writes stacks: a frame a line, innermost first. '' for a thread that waits for events. */
function stackText(nodes: ReadonlyMap<number, ChunkNode>, leaf: number): string {
  const frames: string[] = [];
  for (let node = nodes.get(leaf); node !== undefined && frames.length < maxFrames; ) {
    const { functionName, url, lineNumber, columnNumber } = node.callFrame;
    if (functionName === '(idle)') return '';
    if (functionName !== '(root)') {
      frames.push(`${functionName || '(anonymous)'} (${url}:${lineNumber + 1}:${columnNumber + 1})`);
    }
    node = node.parent === undefined ? undefined : nodes.get(node.parent);
  }
  return frames.join('\n');
}

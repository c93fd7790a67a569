/**
 * Profile → V8's CPU profile, as DevTools, VS Code and speedscope open it. It keeps functions, the hot lines of leaves and the default
 * sample type; lines of calls, labels and other types have no place in it.
 */

import type { Profile } from '../model.js';
import { timelineOf } from '../timeline.js';
import { callFrame } from '../v8-frame.js';
import type { CpuProfile, CpuProfileNode } from './from-cpuprofile.js';

export interface CpuProfileForm {
  /**
   * Each sample stands there twice, where its time begins and where it ends: for readers that take the time between two samples for the
   * later one's. The others, as DevTools, take it for the earlier one's, which gives the same then.
   */
  closed?: boolean;
}

/** Throws `usage` for profiles of bytes. */
export function toCpuProfile(profile: Profile, { closed = false }: CpuProfileForm = {}): CpuProfile {
  const { samples, startMicros } = timelineOf(profile);
  const tree = new NodeTree(profile);
  const leaves = new Map<number, number>();
  for (const i of new Set(samples)) leaves.set(i, tree.leafOf(i));
  // Past that, doubles don't tell microseconds apart; no clock is there before the year 2112.
  const began = Number(profile.timeNanos / 1000n);
  const startTime = began >= 0 && began < 2 ** 52 ? began : 0;
  const nodeIds: number[] = [];
  const timeDeltas: number[] = [];
  for (const [at, i] of samples.entries()) {
    const id = leaves.get(i) ?? 1;
    nodeIds.push(id);
    timeDeltas.push(at === 0 || closed ? 0 : (startMicros[at] ?? 0) - (startMicros[at - 1] ?? 0));
    tree.tick(id, i);
    if (!closed) continue;
    nodeIds.push(id);
    timeDeltas.push((startMicros[at + 1] ?? 0) - (startMicros[at] ?? 0));
  }
  return { nodes: tree.nodes, startTime, endTime: startTime + (startMicros.at(-1) ?? 0), samples: nodeIds, timeDeltas };
}

class NodeTree {
  readonly nodes: (CpuProfileNode & { hitCount: number; children: number[] })[] = [];
  readonly #profile: Profile;
  readonly #ids = new Map<string, number>();
  readonly #columns: Int32Array;

  constructor(profile: Profile) {
    this.#profile = profile;
    this.#columns = definitionColumns(profile);
    this.#add(undefined, '(root)', '', 0, 0);
  }

  /** The number of the node that sample `i` ends in. */
  leafOf(i: number): number {
    const { stackStarts, stacks, lineStarts, lineFunctions } = this.#profile;
    let node = 1;
    for (let s = (stackStarts[i + 1] ?? 0) - 1; s >= (stackStarts[i] ?? 0); s--) {
      const l = stacks[s] ?? 0;
      const from = lineStarts[l] ?? 0;
      const to = lineStarts[l + 1] ?? 0;
      for (let k = to - 1; k >= from; k--) node = this.#child(node, lineFunctions[k] ?? 0);
      if (from === to) node = this.#unnamed(node, this.#profile.addresses[l] ?? 0n);
    }
    return node;
  }

  /** One hit more; at the line that sample `i` has for its leaf, unless it is the function's own. */
  tick(id: number, i: number): void {
    const node = this.nodes[id - 1];
    if (node === undefined) return;
    node.hitCount++;
    const line = this.#hotLine(i);
    if (line === 0) return;
    node.positionTicks ??= [];
    const ticks = node.positionTicks.find(known => known.line === line);
    if (ticks === undefined) node.positionTicks.push({ line, ticks: 1 });
    else ticks.ticks++;
  }

  #hotLine(i: number): number {
    const { stackStarts, stacks, lineStarts, lines, columns } = this.#profile;
    const start = stackStarts[i] ?? 0;
    if (start === stackStarts[i + 1]) return 0;
    const l = stacks[start] ?? 0;
    const k = lineStarts[l] ?? 0;
    return k === lineStarts[l + 1] || columns[k] !== 0 ? 0 : (lines[k] ?? 0);
  }

  #child(parent: number, f: number): number {
    const known = this.#ids.get(`${parent} ${f}`);
    if (known !== undefined) return known;
    const { functionNames, functionFiles, functionStartLines } = this.#profile;
    const id = this.#add(
      parent,
      functionNames[f] || '<unknown>',
      functionFiles[f] ?? '',
      functionStartLines[f] ?? 0,
      this.#columns[f] ?? 0,
    );
    this.#ids.set(`${parent} ${f}`, id);
    return id;
  }

  #unnamed(parent: number, address: bigint): number {
    const key = `${parent} 0x${address}`;
    const id = this.#ids.get(key) ?? this.#add(parent, `0x${address.toString(16)}`, '', 0, 0);
    this.#ids.set(key, id);
    return id;
  }

  #add(parent: number | undefined, name: string, file: string, line: number, column: number): number {
    const id = this.nodes.length + 1;
    this.nodes.push({ id, callFrame: callFrame(name, file, line, column), hitCount: 0, children: [] });
    if (parent !== undefined) this.nodes[parent - 1]?.children.push(id);
    return id;
  }
}

/** By function: the column of its definition, where a location tells it; 0 where none does. */
function definitionColumns({ lineFunctions, lines, columns, functionStartLines }: Profile): Int32Array {
  const found = new Int32Array(functionStartLines.length);
  for (const [k, f] of lineFunctions.entries())
    if (lines[k] === functionStartLines[f] && found[f] === 0) found[f] = columns[k] ?? 0;
  return found;
}

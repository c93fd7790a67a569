/** Sums of samples whose stacks can be changed: a function put between a caller and what seemed to be its own. */

import type { CallFrame } from '../v8-frame.js';
import type { StackTotal, StackTotals } from './stack-totals.js';
import type { StackTree } from './stack-tree.js';

/** A function that is to be put in. */
export interface MissingFrame {
  callFrame: CallFrame;
  /** The lines on which it was seen, 0 where that is not known: its own time is shared out by them. */
  lines: readonly number[];
  /** Whether what the caller calls stays where it is. */
  keeps(callFrame: CallFrame): boolean;
}

/** What V8 has below the root for time in no function (profiler/profile-generator.cc). */
const program = '(program)';
const collector = '(garbage collector)';
const root = 0;

export class ChangingStacks {
  readonly tree: StackTree;
  /** Samples that are not of waiting, nor of collecting garbage, which V8 tells for nobody. */
  readonly activeHits: number;
  /** From nodes whose own samples were moved to where, which may be from where they were moved on. */
  readonly moved = new Map<number, number>();
  readonly #stacks: Map<number, StackTotal>;
  readonly #children = new Map<number, number[]>();

  constructor({ tree, stacks }: Pick<StackTotals, 'tree' | 'stacks'>) {
    this.tree = tree;
    this.#stacks = stacks;
    for (let node = 1; node < tree.size; node++) this.#childrenOf(tree.parent(node)).push(node);
    this.activeHits = [...stacks].reduce((sum, [node, { hits }]) => sum + (this.#isApart(node) ? 0 : hits), 0);
  }

  /** As V8 names it; '(program)' is what has no caller. */
  nameOf(node: number): string {
    return node === root ? program : this.tree.frame(node).functionName || '(anonymous)';
  }

  /** The functions of scripts that `node` calls, also through V8's own and C++ ones: those have no line. */
  functionsUnder(node: number): number[] {
    return this.#childrenOf(node).flatMap(child =>
      this.tree.frame(child).lineNumber >= 0 ? [child] : this.functionsUnder(child),
    );
  }

  /** Who have the most samples of their own, of functions and `(program)`: at most two. */
  most(): { node: number; hits: number }[] {
    const all = [...this.#stacks].map(([node, { hits }]) => ({ node, hits }));
    return all
      .filter(({ node }) => !this.#isApart(node))
      .sort((a, b) => b.hits - a.hits)
      .slice(0, 2);
  }

  /** Without what it calls. */
  ownHits(node: number): number {
    return this.#own(node);
  }

  /** With what it calls. */
  hitsUnder(node: number): number {
    return this.#subtree(node).reduce((sum, each) => sum + this.#own(each), 0);
  }

  /** How many samples `insert` would move: all, and those that are no calls. */
  hitsToMove(node: number, missing: MissingFrame): { all: number; own: number } {
    const holder = this.#holder(node);
    const own = holder === undefined ? 0 : this.#own(holder);
    const called = this.#toMove(node, missing).flatMap(child => this.#subtree(child));
    return { own, all: called.reduce((sum, each) => sum + this.#own(each), own) };
  }

  /** The share of a function's own ticks that are within `reach` of one of `lines`; 1 when it has none, or V8 tells no lines. */
  shareNear(node: number, lines: readonly number[], reach: number): number {
    const ticks = [...(this.#stacks.get(node)?.lines ?? [])];
    const all = ticks.reduce((sum, [, count]) => sum + count, 0);
    const near = ticks.filter(([line]) => lines.some(other => Math.abs(line - other) <= reach));
    return all === 0 ? 1 : near.reduce((sum, [, count]) => sum + count, 0) / all;
  }

  /** Puts the function below `node`: it gets its own samples, and the calls that `missing` doesn't keep there. Gives its node. */
  insert(node: number, missing: MissingFrame): number {
    const holder = this.#holder(node);
    const moving = this.#toMove(node, missing);
    const inserted = this.#add(node, missing.callFrame);
    for (const child of moving) this.#moveSubtree(child, inserted);
    const total = holder === undefined ? undefined : this.#stacks.get(holder);
    if (holder !== undefined && total !== undefined) {
      this.#moveTotal(holder, inserted, { ...total, lines: linesOf(missing.lines, total.hits) });
    }
    return inserted;
  }

  #isApart(node: number): boolean {
    return this.tree.kind(node) !== 'program' || this.nameOf(node) === collector;
  }

  /** Whose own samples are the missing function's: without a caller V8 calls them `(program)`. */
  #holder(node: number): number | undefined {
    return node === root ? this.#childrenOf(root).find(child => this.nameOf(child) === program) : node;
  }

  #toMove(node: number, { keeps }: MissingFrame): number[] {
    return this.#childrenOf(node).filter(child => {
      if (node === root && this.tree.frame(child).lineNumber < 0) return false;
      return ![child, ...this.functionsUnder(child)].some(each => keeps(this.tree.frame(each)));
    });
  }

  #moveSubtree(node: number, parent: number): void {
    const siblings = this.#childrenOf(this.tree.parent(node));
    siblings.splice(siblings.indexOf(node), 1);
    const to = this.#add(parent, this.tree.frame(node));
    for (const child of [...this.#childrenOf(node)]) this.#moveSubtree(child, to);
    const total = this.#stacks.get(node);
    if (total !== undefined) this.#moveTotal(node, to, total);
  }

  #moveTotal(from: number, to: number, total: StackTotal): void {
    this.#stacks.delete(from);
    this.#stacks.set(to, total);
    this.moved.set(from, to);
  }

  #add(parent: number, frame: CallFrame): number {
    const node = this.tree.node(parent, frame);
    this.#childrenOf(parent).push(node);
    return node;
  }

  #childrenOf(node: number): number[] {
    let children = this.#children.get(node);
    if (children === undefined) {
      children = [];
      this.#children.set(node, children);
    }
    return children;
  }

  #subtree(node: number): number[] {
    const all = [node];
    for (const each of all) all.push(...this.#childrenOf(each));
    return all;
  }

  #own(node: number): number {
    return this.#stacks.get(node)?.hits ?? 0;
  }
}

/** `hits` ticks shared out as the lines were seen; none when no line is known. */
function linesOf(lines: readonly number[], hits: number): Map<number, number> {
  const known = lines.filter(line => line > 0);
  return new Map(
    [...new Set(known)].map(line => [line, (hits * known.filter(other => other === line).length) / known.length]),
  );
}

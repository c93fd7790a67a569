/**
 * Answers queries on one store: which samples, changed how, merged by what. What does not depend on the selected samples is kept, so that
 * another range of time costs a pass over samples and boxes.
 */

import type { FlameLayout } from '../flame/layout.js';
import { layoutFlame } from '../flame/layout.js';
import type { FlameRange } from '../flame/range.js';
import type { Profile } from '../model.js';
import { type Difference, difference, type Side } from './compare-sides.js';
import { type Facet, facets } from './facets.js';
import { type Filter, isTagFilter } from './filters.js';
import { type Calls, callsOf, groupCosts } from './function-costs.js';
import type { Grouping, GroupKind } from './grouping.js';
import { type HeatMap, heatMap } from './heat-map.js';
import { calleesOf, callersOf, invert, type Weighed } from './invert.js';
import { type LineCost, lineCosts } from './line-costs.js';
import { type Measured, measure, totalsOf } from './measure.js';
import { reshape, type Shape, type ShapeOptions } from './reshape.js';
import { type Selection, selectSamples } from './select.js';
import type { SampleStore } from './store.js';
import { timeCloseUp, timeOrder } from './time-order.js';
import { toProfile } from './to-profile.js';

/** What the page's address says about samples and stacks. */
export interface Query {
  type: number;
  filters: readonly Filter[];
  by: GroupKind;
  rootLabels: readonly string[];
  time: { from: number; to: number } | undefined;
  /** `rest`: the selected samples against all others; `sides`: the second profile against the first. */
  compare: 'rest' | 'sides' | undefined;
}

export type FlameKind = 'merged' | 'inverted' | 'time' | 'callers' | 'callees';

export interface Flame {
  kind: FlameKind;
  layout: FlameLayout;
  /** By box, what it cost before, scaled to the later total; only where something is compared. */
  before: Float64Array | undefined;
  /** Part of the total that was cut off to keep the tree small enough. */
  cut: number;
  /** In the order of time: nanoseconds since the beginning at the left edge, and the length of a cell, 0 for every sample. */
  originNanos: number;
  cellNanos: number;
}

export interface Costs {
  type: number;
  unit: string;
  total: number;
  samples: number;
  negative: number;
  /** By group. */
  selfs: Float64Array;
  totals: Float64Array;
  before: (Pick<Side, 'selfs' | 'totals' | 'total'> & Difference) | undefined;
}

/** Shapes that are kept; each is as large as the store's tree. */
const maxShapes = 3;

interface Weights extends Measured {
  totals: Float64Array;
}

export class QueryEngine {
  readonly store: SampleStore;
  readonly #shapes = new Map<string, Shape>();
  #weighed: { key: string; shape: Shape; after: Weights; before: Weights | undefined } | undefined;

  constructor(store: SampleStore) {
    this.store = store;
  }

  grouping(query: Query): Grouping {
    return this.#shape(query).grouping;
  }

  costs(query: Query): Costs {
    const { shape, after, before } = this.#weigh(query);
    const groups = shape.grouping.names.length;
    const own = groupCosts(shape.tree, after.selfs, after.totals, groups);
    const head = {
      type: query.type,
      unit: this.store.sampleTypes[query.type]?.unit ?? '',
      total: after.total,
      samples: after.samples,
      negative: after.negative,
      ...own,
    };
    if (before === undefined) return { ...head, before: undefined };
    const was = { ...groupCosts(shape.tree, before.selfs, before.totals, groups), total: before.total };
    const hits = this.#hits(query);
    const changes = difference({ ...was, hits: hits?.before }, { ...own, total: after.total, hits: hits?.after });
    return { ...head, before: { ...was, ...changes } };
  }

  flame(query: Query, kind: FlameKind, group = 0): Flame {
    const { shape, after, before } = this.#weigh(query);
    if (kind === 'time') {
      const { layout, ...times } = timeOrder(this.store, shape, query.type, this.#selection(query));
      return { kind, layout, before: undefined, cut: 0, ...times };
    }
    const own = turned(kind, shape, after, group);
    const { layout, nodes } = layoutFlame(own.tree, totalsOf(own.tree.parents, own.selfs));
    const scaled = before && kind === 'merged' ? scale(before, after) : undefined;
    return {
      kind,
      layout,
      before: scaled && Float64Array.from(nodes, node => scaled[node] ?? 0),
      cut: after.total > 0 ? own.cut / after.total : 0,
      originNanos: 0,
      cellNanos: 0,
    };
  }

  /** A part of the order of time in more detail; `window` is in the coordinates of that flame, and so is the answer. */
  closeUp(query: Query, window: FlameRange): Flame {
    const { layout, ...times } = timeCloseUp(
      this.store,
      this.#shape(query),
      query.type,
      this.#selection(query),
      window,
    );
    return { kind: 'time', layout, before: undefined, cut: 0, ...times };
  }

  calls(query: Query, group: number): { callers: Calls; callees: Calls } {
    const { shape, after } = this.#weigh(query);
    return callsOf(shape.tree, after.totals, group, shape.grouping.names.length);
  }

  /** `functionNumber` is of the store's frames. */
  lines(query: Query, functionNumber: number): LineCost[] {
    const { shape, after } = this.#weigh({ ...query, by: 'line', compare: undefined });
    const { frames } = this.store;
    return lineCosts(frames, shape.grouping, shape.tree, after.selfs, after.totals, each => each === functionNumber);
  }

  facets(query: Query): Facet[] {
    return facets(this.store, this.#shape(query), query.type, this.#selection(query));
  }

  /** Of all the time, whatever part of it is selected. */
  heatMap(query: Query): HeatMap | undefined {
    return heatMap(this.store, this.#shape(query), this.#selection({ ...query, time: undefined }));
  }

  /** What the query selects and leaves, with its lines; merged by functions, whatever the query merges by. */
  profile(query: Query): Profile {
    return toProfile(this.store, this.#shape({ ...query, by: 'line' }), this.#selection(query));
  }

  /** Drops what could be computed again: as much as the tree itself. To be called when a view is answered. */
  forget(): void {
    this.#weighed = undefined;
  }

  #shape({ filters, by, rootLabels }: ShapeOptions): Shape {
    const own = { filters: filters.filter(({ kind }) => !isTagFilter(kind)), by, rootLabels };
    const key = JSON.stringify(own);
    const shape = this.#shapes.get(key) ?? reshape(this.store, own);
    // The one that was used last is the last in the map.
    this.#shapes.delete(key);
    this.#shapes.set(key, shape);
    for (const oldest of this.#shapes.keys()) {
      if (this.#shapes.size <= maxShapes) break;
      this.#shapes.delete(oldest);
    }
    return shape;
  }

  #selection({ filters, time }: Query): Selection {
    const of = (kind: 'tagfocus' | 'tagignore') => filters.flatMap(each => (each.kind === kind ? [each.text] : []));
    // Of two profiles the later one is shown.
    return selectSamples(this.store, { time, tagFocus: of('tagfocus'), tagIgnore: of('tagignore'), side: 1 });
  }

  #weigh(query: Query) {
    const key = JSON.stringify(query);
    if (this.#weighed?.key === key) return this.#weighed;
    this.#weighed = undefined;
    const shape = this.#shape(query);
    this.#weighed = { key, shape, ...this.#both(query, shape) };
    return this.#weighed;
  }

  #both(query: Query, shape: Shape): { after: Weights; before: Weights | undefined } {
    const selection = this.#selection(query);
    const weigh = (of: Selection) => withTotals(shape, measure(this.store, shape, query.type, of));
    const after = weigh(selection);
    if (query.compare === undefined) return { after, before: undefined };
    if (query.compare === 'sides') return { after, before: weigh({ ...selection, side: 0 }) };
    const all = measure(this.store, shape, query.type, selectSamples(this.store, { side: 1 }));
    return { after, before: withTotals(shape, without(all, after)) };
  }

  /** In how many samples each group was seen, on both sides. */
  #hits(query: Query): Record<'before' | 'after', NonNullable<Side['hits']>> | undefined {
    const type = this.store.sampleTypes.findIndex(({ type, unit }) => unit === 'count' && /^samples?$/.test(type));
    if (type < 0) return undefined;
    const shape = this.#shape(query);
    const { after, before } = this.#both({ ...query, type }, shape);
    const of = ({ selfs, totals, total }: Weights) => ({
      ...groupCosts(shape.tree, selfs, totals, shape.grouping.names.length),
      samples: total,
    });
    return before && { before: of(before), after: of(after) };
  }
}

function turned(kind: Exclude<FlameKind, 'time'>, { tree }: Shape, { selfs, totals }: Weights, group: number): Weighed {
  switch (kind) {
    case 'merged':
      return { tree, selfs, cut: 0 };
    case 'inverted':
      return invert(tree, selfs);
    case 'callers':
      return callersOf(tree, totals, group);
    case 'callees':
      return calleesOf(tree, selfs, group);
  }
}

function withTotals({ tree }: Shape, measured: Measured): Weights {
  return { ...measured, totals: totalsOf(tree.parents, measured.selfs) };
}

function without(all: Measured, part: Measured): Measured {
  return {
    selfs: all.selfs.map((value, node) => Math.max(0, value - (part.selfs[node] ?? 0))),
    total: Math.max(0, all.total - part.total),
    samples: all.samples - part.samples,
    negative: all.negative - part.negative,
  };
}

/** By node, the earlier totals as if there had been as much as later. */
function scale(before: Weights, after: Weights): Float64Array {
  const factor = before.total > 0 ? after.total / before.total : 0;
  return before.totals.map(value => value * factor);
}

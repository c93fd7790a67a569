/** One opened profile and the answers about it: what core computes, with names made printable, and without what the page has already. */

import { encodeProfile } from '@nops/core/profile/encode';
import type { FlameRange } from '@nops/core/profile/flame/range';
import { toCollapsed } from '@nops/core/profile/formats/to-collapsed';
import { type Costs, type Flame, type Query, QueryEngine } from '@nops/core/profile/query/engine';
import type { SampleStore } from '@nops/core/profile/query/store';
import { printable } from '@nops/core/units/printable';
import { markdownTable } from './markdown-table.js';
import type {
  Found,
  FunctionAnswer,
  FunctionAsk,
  Graph,
  GraphAsk,
  Groups,
  Listing,
  Opened,
  TextFormat,
} from './messages.js';
import { searchGroups } from './search-groups.js';
import { sortGroups } from './sort-groups.js';

export class Model {
  readonly #engine: QueryEngine;
  #groups: { key: string; groups: Groups } | undefined;
  #costs: Costs | undefined;

  constructor(store: SampleStore) {
    this.#engine = new QueryEngine(store);
  }

  opened(): Opened {
    const { sampleTypes, defaultType, leaves, timeNanos, durationNanos, comments, starts, labelSets, sides } =
      this.#engine.store;
    return {
      sampleTypes: sampleTypes.map(({ type, unit }) => ({ type: printable(type), unit: printable(unit) })),
      defaultType,
      samples: leaves.length,
      startedAtMs: Number(timeNanos / 1_000_000n),
      durationNanos,
      comments: comments.map(printable),
      isTimed: starts !== undefined,
      isLabelled: labelSets !== undefined,
      isCompared: sides !== undefined,
    };
  }

  graph({ query, kinds, group, known }: GraphAsk): Graph {
    const { key, groups } = this.#groupsFor(query);
    const costs = this.#engine.costs(query);
    this.#costs = costs;
    const flames = kinds.map(kind => this.#engine.flame(query, kind, group));
    this.#engine.forget();
    return { query, costs, flames, groupsKey: key, groups: key === known ? undefined : groups };
  }

  closeUp(query: Query, window: FlameRange): Flame {
    return this.#engine.closeUp(query, window);
  }

  search(text: string): Omit<Found, 'matches'> | string {
    const { groups, costs } = this.#current();
    try {
      return searchGroups(groups, costs.totals, text);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  list(listing: Listing): Uint32Array {
    const { groups, costs } = this.#current();
    return sortGroups(groups, costs, listing);
  }

  function({ query, group }: FunctionAsk): FunctionAnswer {
    const calls = this.#engine.calls(query, group);
    const { files, startLines } = this.#engine.store.frames;
    const isFunction = query.by === 'function' && group < files.length;
    return {
      calls,
      lines: isFunction ? this.#engine.lines(query, group) : [],
      file: isFunction ? printable(files[group] ?? '') : '',
      startLine: isFunction ? (startLines[group] ?? 0) : 0,
    };
  }

  facets(query: Query) {
    return this.#engine.facets(query);
  }

  heatMap(query: Query) {
    return this.#engine.heatMap(query);
  }

  async export(query: Query, format: TextFormat): Promise<Blob> {
    const profile = this.#engine.profile(query);
    switch (format) {
      case 'pprof':
        return gzip(encodeProfile(profile));
      case 'collapsed':
        return new Blob([toCollapsed(profile, query.type)]);
      case 'markdown':
        return new Blob([markdownTable(this.#groupsFor(query).groups, this.#engine.costs(query))]);
    }
  }

  /** Groups differ by what is merged and which frames are added, not by which samples are selected. */
  #groupsFor(query: Query): { key: string; groups: Groups } {
    const isFolded = query.filters.some(({ kind }) => kind === 'mine');
    const key = JSON.stringify([query.by, query.rootLabels, isFolded]);
    if (this.#groups?.key === key) return this.#groups;
    const { names, places, categories, packages } = this.#engine.grouping(query);
    const groups = {
      names: names.map(printable),
      places: places.map(printable),
      categories,
      packages: packages.map(printable),
    };
    this.#groups = { key, groups };
    return this.#groups;
  }

  #current(): { groups: Groups; costs: Costs } {
    if (this.#groups === undefined || this.#costs === undefined) throw new Error('nothing is shown yet');
    return { groups: this.#groups.groups, costs: this.#costs };
  }
}

/** As files in the pprof format are. */
function gzip(bytes: Uint8Array): Promise<Blob> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(packed).blob();
}

/** What the page asks the worker, which holds the samples, and what it is answered. Plain data and typed arrays only. */

import type { FlameRange } from '@nops/core/profile/flame/range';
import type { FlameMatches } from '@nops/core/profile/flame/search';
import type { ValueType } from '@nops/core/profile/model';
import type { Costs, Flame, FlameKind, Query } from '@nops/core/profile/query/engine';
import type { Facet } from '@nops/core/profile/query/facets';
import type { Calls } from '@nops/core/profile/query/function-costs';
import type { Grouping } from '@nops/core/profile/query/grouping';
import type { HeatMap } from '@nops/core/profile/query/heat-map';
import type { LineCost } from '@nops/core/profile/query/line-costs';
import type { ErrorCode } from '@nops/core/protocol/errors';
import type { HeapListing, ObjectsAnswer, ObjectsAsk, OpenedSnapshot, PathAnswer } from './heap-messages.js';

/** A profile that was read, whatever is shown of it. */
export interface Opened {
  sampleTypes: ValueType[];
  defaultType: number;
  samples: number;
  /** Milliseconds since 1970; 0 when unknown. */
  startedAtMs: number;
  durationNanos: number;
  comments: string[];
  /** Whether samples have a place in time, labels, and come from two profiles. */
  isTimed: boolean;
  isLabelled: boolean;
  isCompared: boolean;
}

/** Columns by group. Names are printable, and still not to be trusted as markup. */
export type Groups = Omit<Grouping, 'groups'>;

export interface GraphAsk {
  query: Query;
  kinds: FlameKind[];
  /** What callers and callees are of. */
  group: number;
  /** Key of the groups that the page knows already. */
  known: string;
}

export interface Graph {
  /** Which query this answers. */
  query: Query;
  costs: Costs;
  flames: Flame[];
  groupsKey: string;
  /** Undefined: the page knows them. */
  groups: Groups | undefined;
}

export interface Found {
  /** 1 by group. */
  groups: Uint8Array;
  /** How many functions of the graph. */
  functions: number;
  /** Of each flame; made on the page, where the layouts are. */
  matches: FlameMatches[];
}

export type SortKey = 'name' | 'self' | 'total' | 'change';

export interface Listing {
  sort: SortKey;
  descending: boolean;
  /** Part of a name or place; case is ignored. */
  filter: string;
}

export interface FunctionAsk {
  query: Query;
  group: number;
}

export interface FunctionAnswer {
  calls: { callers: Calls; callees: Calls };
  /** Only when groups are functions. */
  lines: LineCost[];
  file: string;
  startLine: number;
}

export const textFormats = ['pprof', 'collapsed', 'markdown'] as const;
export type TextFormat = (typeof textFormats)[number];

export interface Queries {
  /** An address of this page's server, or a file; `base`: what it is compared with. */
  open: { ask: { source: string | Blob; base: string | Blob | undefined }; answer: Opened | OpenedSnapshot };
  graph: { ask: GraphAsk; answer: Graph };
  /** A part of the order of time in more detail, in the coordinates of the flame that the same query gives. */
  closeUp: { ask: { query: Query; window: FlameRange }; answer: Flame };
  /** Of the groups that were answered last. The answer is what is wrong with the expression when it is none. */
  search: { ask: string; answer: Omit<Found, 'matches'> | string };
  /** Groups in order; those that cost nothing are left out. */
  list: { ask: Listing; answer: Uint32Array };
  function: { ask: FunctionAsk; answer: FunctionAnswer };
  facets: { ask: Query; answer: Facet[] };
  heatMap: { ask: Query; answer: HeatMap | undefined };
  /** About the heap snapshot that is open: constructors in order, the largest objects of one, and what keeps one, by its id, alive. */
  constructors: { ask: HeapListing; answer: Uint32Array };
  objects: { ask: ObjectsAsk; answer: ObjectsAnswer };
  path: { ask: number; answer: PathAnswer | undefined };
  /** The file's content. */
  export: { ask: { query: Query; format: TextFormat }; answer: Blob };
}

export type QueryName = keyof Queries;

export interface Request {
  id: number;
  name: QueryName;
  ask: Queries[QueryName]['ask'];
}

export type Response =
  | { id: number; answer: Queries[QueryName]['answer'] }
  | { id: number; error: { code: ErrorCode | 'bug'; message: string; next: string | undefined } };

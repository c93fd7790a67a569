/** What the page asks the worker, which holds the profile, and what it is answered. Plain data and typed arrays only. */

import type { FlameLayout } from '@nops/core/profile/flame-layout';
import type { FlameMatches } from '@nops/core/profile/flame-search';
import type { ValueType } from '@nops/core/profile/model';
import type { ErrorCode } from '@nops/core/protocol/errors';

/** A profile that was read, whatever is shown of it. */
export interface Opened {
  sampleTypes: ValueType[];
  defaultType: number;
  samples: number;
  /** Milliseconds since 1970; 0 when unknown. */
  startedAtMs: number;
  durationMs: number;
  comments: string[];
  functions: Functions;
}

/** Columns by group of functions (core's function-groups.ts). Names are printable, and still not to be trusted as markup. */
export interface Functions {
  names: string[];
  /** `file:line`, or what is known of it. */
  places: string[];
  /** Index into core's frameCategories. */
  categories: Uint8Array;
}

/** One sample type of the profile. */
export interface Shown {
  type: number;
  unit: string;
  layout: FlameLayout;
  /** By group of functions. */
  selfs: Float64Array;
  totals: Float64Array;
  total: number;
  /** Samples left out because of a negative value. */
  negative: number;
}

export interface Found {
  /** The sample type that `matches` belongs to. */
  type: number;
  /** 1 by group of functions. */
  groups: Uint8Array;
  functions: number;
  matches: FlameMatches;
}

export type SortKey = 'name' | 'self' | 'total';

export interface Listing {
  sort: SortKey;
  descending: boolean;
  /** Part of a name or place; case is ignored. */
  filter: string;
}

export interface Queries {
  /** An address of this page's server, or a file. */
  open: { ask: string | Blob; answer: Opened };
  show: { ask: number; answer: Shown };
  /** A regular expression; the answer is what is wrong with it when it is none. */
  search: { ask: string; answer: Found | string };
  /** Groups of functions in order; those that cost nothing are left out. */
  list: { ask: Listing; answer: Uint32Array };
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

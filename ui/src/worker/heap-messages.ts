/** What the page asks the worker about a heap snapshot. Plain data and typed arrays only; sizes are bytes. */

/** A heap snapshot that was read, and all its constructors. */
export interface OpenedSnapshot {
  objects: number;
  references: number;
  totalSize: number;
  /** Memory that the worker keeps for it. */
  heldBytes: number;
  /** Objects that only weak references lead to. */
  unreachable: number;
  /** False: the file ends early, among its names. */
  isWhole: boolean;
  constructors: ConstructorTable;
}

/** Columns by constructor. Names are printable, and still not to be trusted as markup. */
export interface ConstructorTable {
  names: string[];
  counts: Uint32Array;
  shallow: Float64Array;
  retained: Float64Array;
  compared: ComparedColumns | undefined;
}

export interface ComparedColumns {
  newCounts: Uint32Array;
  goneCounts: Uint32Array;
  /** Of new ones less those that are gone. */
  countDeltas: Float64Array;
  sizeDeltas: Float64Array;
  /** Whether what it is compared with is the later one. */
  isReversed: boolean;
}

export const heapSorts = ['name', 'count', 'shallow', 'retained', 'new', 'gone', 'count-delta', 'size-delta'] as const;
export type HeapSort = (typeof heapSorts)[number];

export interface HeapListing {
  sort: HeapSort;
  descending: boolean;
  /** Part of a name; case is ignored. */
  filter: string;
}

export interface HeapObject {
  id: number;
  name: string;
  constructorName: string;
  shallow: number;
  retained: number;
}

export interface ObjectsAsk {
  /** Its number among the names. */
  of: number;
  onlyNew: boolean;
}

export interface ObjectsAnswer {
  /** The largest ones. */
  objects: HeapObject[];
  /** How many there are. */
  count: number;
}

export interface PathAnswer {
  object: HeapObject;
  /** From its retainer to the root, each with the reference by which it holds the one before. Undefined: only weak references lead to it. */
  steps: { reference: string; object: HeapObject }[] | undefined;
  /** Steps that are left out, and after how many. */
  leftOut: number;
  leftOutAfter: number;
}

/** What `nops pools --deep` has found by walking over the heap. Rules as in results.ts. */

export interface PoolsWalk {
  /** How long the main thread was expected to stand still, and did. */
  predictedMs: number;
  pauseMs: number;
  /** Pools and dispatchers in the heap, those within others left out; more than are listed where there are very many. */
  found: number;
}

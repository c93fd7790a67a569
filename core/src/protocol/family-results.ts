/** Results about a process and those that it started: `--tree`. Rules as in results.ts. */

/** How a process came to be: `cluster` and `fork` talk with their parent over a channel, `child` was only started by it. */
export type FamilyKind = 'root' | 'cluster' | 'fork' | 'child';

/** A process, or one that it started, directly or not. */
export interface FamilyMember {
  pid: number;
  name: string;
  /** The first one is the `root`. */
  kind: FamilyKind;
  /** Its id where something counts it: `worker 2` of node:cluster, `api 0` of PM2. */
  worker: string | null;
}

/** What a command answers with `--tree`. */
export interface FamilyResult<Result extends object = object> {
  /** That of the command, `-tree` added: `nops.stats-tree/1`. */
  schema: string;
  pid: number;
  /** The root first. `result` is what the command answers for that process; null when it could not, and `notes` says why. */
  processes: (FamilyMember & { result: Result | null })[];
  /** Of all that answered, in the units of the results; null where none knows it. Absent where sums make no sense. */
  totals?: Record<string, number | null>;
  notes: string[];
}

/** Results about this machine and its processes as a whole. Rules as in results.ts. */

import type { FamilyKind } from './family-results.js';
import type { ListResult } from './results.js';

/** `nops tree`. */
export interface TreeResult {
  schema: 'nops.tree/1';
  roots: TreeNode[];
  skipped: ListResult['skipped'];
}

export interface TreeNode {
  pid: number;
  ppid: number;
  name: string;
  node: string | null;
  agent: boolean;
  kind: FamilyKind;
  /** Processes between it and its parent here that are not Node's, such as shells; outermost first. */
  via: { pid: number; name: string }[];
  /** Threads that run JavaScript of their own: worker_threads. */
  workers: { tid: number; name: string }[];
  children: TreeNode[];
}

/** `nops version`. */
export interface VersionResult {
  schema: 'nops.version/1';
  nops: string;
  /** The Node that runs nops. */
  node: string;
  target: { pid: number; node: string | null; v8: string | null; agent: string | null } | null;
}

/** `nops doctor`. */
export interface DoctorResult {
  schema: 'nops.doctor/1';
  checks: DoctorCheck[];
}

export interface DoctorCheck {
  name: string;
  /** `limited`: some things will not work; `broken`: nothing will. */
  status: 'ok' | 'limited' | 'broken';
  seen: string;
  /** What that means for nops. */
  means: string;
  /** How to get what is missing. */
  fix: string | null;
}

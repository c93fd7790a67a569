/** Where the profile that `nops ui` shows came from: what its server tells the page, and the paths both sides agree on. */

export const uiPaths = {
  /** POST: trades the token of the printed address, `{"token": …}`, for a cookie. */
  session: '/api/session',
  /** GET: a `ProfileOrigin`. */
  info: '/api/info',
  /** GET: the profile, gzipped. */
  profile: '/api/profile',
} as const;

export interface ProfileOrigin {
  schema: 'nops.ui-info/1';
  /** Absent: the page asks for a file. */
  profile?: {
    kind: 'file' | 'cpu' | 'heap';
    /** The file's name, or the process's. */
    name: string;
    /** What is sent, gzipped. */
    bytes: number;
    /** For a profile that was recorded now. */
    process?: { pid: number; node: string | null; command: string[]; cwd: string | null };
    /** Seconds that were asked for; absent: since the agent started, for a heap profile. */
    seconds?: number;
  };
}

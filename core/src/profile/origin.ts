/** Where the profile that `nops ui` shows came from: what its server tells the page, and the paths both sides agree on. */

export const uiPaths = {
  /** POST: trades the token of the printed address, `{"token": …}`, for a cookie. */
  session: '/api/session',
  /** GET: a `ProfileOrigin`. */
  info: '/api/info',
  /** GET: the first profile, as its file is. */
  profile: '/api/profile',
  /** GET, with `/<id>` behind it: any of them. */
  profiles: '/api/profiles',
  /** POST: a `SourceAsk` → a `SourceResult`. */
  source: '/api/source',
  /** GET: the page as one file, with a place for a profile. */
  offline: '/api/offline.html',
} as const;

export interface ProfileOrigin {
  schema: 'nops.ui-info/1';
  /** The first one. Absent: the page asks for a file. */
  profile?: DescribedProfile;
  /** Id of the one that the first is compared with at once. */
  base?: string;
  /** All of them, by their ids; any two can be compared. */
  profiles?: (DescribedProfile & { id: string })[];
}

export interface DescribedProfile {
  kind: 'file' | 'cpu' | 'heap';
  /** The file's name, or the process's. */
  name: string;
  /** What is sent. */
  bytes: number;
  /** When it was recorded, milliseconds since 1970, where the library knows. */
  recordedAtMs?: number;
  /** For a profile that was recorded by nops. */
  process?: { pid: number; node: string | null; command: string[]; cwd: string | null };
  /** Seconds that were asked for; absent: since the agent started, for a heap profile. */
  seconds?: number;
}

/** Places, at most, in one question. */
export const maxPlaces = 4096;

export interface SourceAsk {
  /** As a profile names it. */
  file: string;
  /** Line and column, 1-based, 0 when unknown: where a source map shall lead from. */
  places: [line: number, column: number][];
}

/** The text of a source file that a profile names, or of what it was compiled from. */
export interface SourceResult {
  schema: 'nops.ui-source/1';
  /** Where it was read; of a mapped one, what its map calls it. */
  file?: string;
  /** Where `file` is on the web, when its checkout tells: `address` has {line} in it. */
  repository?: { commit: string; address: string };
  /** Only when a source map led to `file`. */
  mapped?: {
    /** The file with the map. */
    map: string;
    /** By place that was asked for, the line; 0 for one that the map does not lead from to this file. */
    lines: number[];
  };
  /** Why no source map was followed, though there is one. */
  unmapped?: string;
  /** The file's own. */
  lines: string[];
  /** Why there are none. */
  why?: string;
}

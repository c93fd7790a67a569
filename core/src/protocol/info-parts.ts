/** Parts of what `nops <pid>` answers. Raw units; `null` means "could not be known". */

/** What a process has used, as gops tells it. */
export interface InfoUsage {
  threads: number;
  rssBytes: number;
  /** Of the machine's memory. */
  memoryPercent: number | null;
  /** CPU time since the start, all threads. */
  cpuSeconds: number;
  /** Percent of one core, mean since the start. */
  cpuPercentSinceStart: number;
  /** Percent of one core over `measuredSeconds`; null when nothing was measured. */
  cpuPercent: number | null;
  measuredSeconds: number | null;
}

/** TCP connections of a process; listed one by one up to a bound, grouped always. */
export interface InfoConnections {
  total: number;
  listed: { local: string; peer: string; state: string }[];
  groups: { peer: string; direction: 'in' | 'out'; state: string; count: number }[];
  listeners: string[];
}

/** Limits of the process's control group, the tightest of its ancestors' included. */
export interface CgroupFacts {
  /** 1 and 2 when memory and CPU are controlled by different hierarchies. */
  versions: (1 | 2)[];
  cpu: {
    path: string;
    /** Cores that it may use; null: no quota. */
    limitCores: number | null;
    /** Enforcement periods that have passed, and those in which it was held back. */
    periods: number | null;
    throttledPeriods: number | null;
    throttledMs: number | null;
  } | null;
  memory: {
    path: string;
    /** null: no limit. */
    limitBytes: number | null;
    /** Used by the whole group, page cache included. */
    currentBytes: number | null;
    oomKills: number | null;
  } | null;
}

/** How Node was started. What looks like a secret is replaced. */
export interface InfoFlags {
  /** Node's own options on the command line; null when process.title hides it. */
  execArgv: string[] | null;
  /** NODE_OPTIONS as the process was started with; null: it has none, or its environment can't be read. */
  nodeOptions: string | null;
  /** How many values were replaced here and in `command`. */
  redacted: number;
}

/** What the main thread says at once, without a measurement. */
export interface InfoPulse {
  /** How long its event loop took to come round to the question, once; null when it did not in time. */
  loopDelayMs: number | null;
  activeHandles: number | null;
  activeRequests: number | null;
  heap: { usedBytes: number; totalBytes: number; limitBytes: number } | null;
}

/** Whether one of the ways to look works here, and why (not). */
export interface InfoReach {
  way: 'beside' | 'agent' | 'through';
  works: boolean;
  why: string;
}

/** How the agent takes CPU profiles. */
export interface InfoProfiling {
  /** `warm`: the main thread is sampled all the time. */
  mode: 'on-demand' | 'warm';
  /** Whether it is being sampled now: with `warm`, false after the governor switched it off. */
  isOn: boolean;
  /** Samples a second, of `warm`. */
  hz: number | null;
  /** CPU that profiling was measured to use over the last 10 s, percent of one core; null: not measured. */
  cpuPercent: number | null;
  budgetPercent: number | null;
  /** What one sample costs the main thread; null until it was seen idle for a second. */
  sampleMicros: number | null;
  /** Of the past: how far it goes back, and what it takes. */
  heldSeconds: number;
  heldBytes: number;
  /** What the governor has decided, oldest first. */
  events: { at: string; what: string }[];
}

/** What an app can tell the agent. Every field has a default, so `start()` is enough. */

export interface StartOptions {
  /** The service's name, as `nops` lists it and takes it for a target. Default: the script's. Also NOPS_NAME. */
  name?: string;
  /** The private folder of the socket and the announcement. Default: /run/user/<uid>/nops, else /tmp/nops-<uid>. Also NOPS_DIR. */
  folder?: string;
  /**
   * Listen on TCP too, with a token. Default: no. Port 0 picks a free one. Any host but loopback needs `tls`. Also NOPS_LISTEN, as
   * `port` or `host:port`.
   */
  tcp?: { host?: string; port?: number; tls?: { key: string; cert: string } };
  /** The token that TCP clients must show, at least 16 characters. Default: a random one, told by `nops <pid>`. Also NOPS_TOKEN. */
  token?: string;
  /**
   * Sample the heap from the start (about one allocation in 512 KiB), so that `heap` answers at once with what is alive. Default: no,
   * since then nothing runs until asked, and `heap` sees what is allocated while it measures. Also NOPS_HEAP=1.
   */
  heap?: boolean;
  /**
   * `warm`: sample the main thread all the time (100 times a second), so that a profile begins without the pause of a cold start and
   * `nops cpu --last 60s` tells what was before. It is switched off, and says so, when it is measured to use more than `profileBudget`.
   * Default: `on-demand`, nothing runs until asked. Also NOPS_PROFILE=warm.
   */
  profile?: 'on-demand' | 'warm';
  /** What `warm` may use: percent of one core over any ten seconds, 0.1 to 100, default 2. Also NOPS_PROFILE_BUDGET. */
  profileBudget?: number;
  /**
   * How much of what was sampled is kept: seconds (default 300, at most 3600) and bytes (default 16 MB, at most 256 MB); either 0 keeps
   * none. Also NOPS_HISTORY, as `<seconds>` or `<seconds>,<megabytes>`.
   */
  history?: { seconds?: number; bytes?: number };
  /**
   * Keep a trace of the last seconds from cheap sources (requests, connections, collections, how late the event loop is), so that
   * `nops trace <target> --last 10s` tells what was before. Default: no. Also NOPS_FLIGHT=1.
   */
  flight?: boolean;
  /**
   * Label CPU profiles of the main thread with what `withLabels` says; with `routes`, also HTTP requests by method and route. It costs only
   * while somebody profiles, and then per async step, see docs/labels.md. Default: no. Also NOPS_LABELS=1 or NOPS_LABELS=routes.
   */
  labels?: boolean | { routes?: boolean };
  /**
   * A folder where a heap profile and a text report are left when V8's heap limit is reached, a moment before the process dies of that.
   * Needs the optional package `@datadog/pprof`, and samples the heap from the start as `heap` does. Also NOPS_OOM_PROFILE.
   */
  oomProfile?: string;
}

/** A running agent. */
export interface Agent {
  /** Where it listens; known at once. Empty when it could not start. */
  readonly socketPath: string;
  /** The TCP address with its token, once `ready` has resolved; undefined without TCP. */
  readonly url: string | undefined;
  /** Why it does not answer; undefined while it does. The same text is emitted as a process warning. */
  readonly failure: string | undefined;
  /** Resolves when it listens or has failed; never rejects. */
  readonly ready: Promise<void>;
  /** Stops the worker and removes the socket. Never rejects; closing twice is fine. */
  close(): Promise<void>;
}

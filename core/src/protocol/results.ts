/**
 * The results of the commands: what `--json` prints and what the agent's own endpoints answer. Raw units, told in the names.
 * Shapes only grow: a field may be added, never renamed or removed. `null` means "could not be known"; `notes` says why.
 */

import type { FamilyMember } from './family-results.js';
import type {
  CgroupFacts,
  InfoConnections,
  InfoFlags,
  InfoProfiling,
  InfoPulse,
  InfoReach,
  InfoUsage,
} from './info-parts.js';
import type { PoolsWalk } from './pools-results.js';

/** How an answer was got: by reading /proc from outside, from the agent, or through the inspector. */
export type Way = 'beside' | 'agent' | 'through';

/** What all results about one process have. */
export interface Result<Name extends string> {
  schema: `nops.${Name}/1`;
  pid: number;
  way: Way;
  /** What a reader must know to judge the answer: what is missing and why, what it cost. Plain sentences. */
  notes: string[];
}

/** `nops`: the Node processes of this machine. */
export interface ListResult {
  schema: 'nops.list/1';
  processes: ListedProcess[];
  /** Processes that look like Node's but could not be read, grouped by reason. */
  skipped: { pids: number[]; reason: string }[];
}

export interface ListedProcess {
  pid: number;
  ppid: number;
  /** Service name given to the agent, else the script's name, else what runs (`node -e`). */
  name: string;
  /** Absolute path of the script; null for `node -e`, the REPL, or when it can't be read. */
  script: string | null;
  /** `name` in the package.json nearest to the script. */
  packageName: string | null;
  /** Node's version without the `v`. */
  node: string | null;
  agent: boolean;
  /** What the main thread does. */
  main: ThreadActivity;
  /** Percent of one core over the moment of the listing. */
  cpuPercent: number | null;
  rssBytes: number | null;
  uid: number;
  user: string | null;
  /** Seconds since the process started. */
  ageSeconds: number;
}

/** What a thread does, as the kernel tells it. */
export interface ThreadActivity {
  /** `running` (on a CPU or ready to be), `sleeping`, `disk` (uninterruptible), `stopped`, `zombie` or `unknown`. */
  state: 'running' | 'sleeping' | 'disk' | 'stopped' | 'zombie' | 'unknown';
  /** The system call it is in; absent while it runs, or when the kernel does not let us see it. */
  syscall?: SystemCall;
}

export interface SystemCall {
  /** For example `read`, `epoll_wait`, `futex`; `syscall_<number>` for one without a name here. */
  name: string;
  /**
   * As many as the call takes, readable: `17`, `4096`, `FUTEX_WAIT_PRIVATE`, `no timeout`, `1.5 s`; addresses, and all arguments of calls
   * that do not wait, as 0x-hexadecimal.
   */
  args: string[];
  /** The descriptor it works on, when its first argument is one. */
  fd?: number;
  target?: FdTarget;
}

/** What a file descriptor stands for. */
export interface FdTarget {
  kind: FdKind;
  /** The file's path, or the kernel's name of the thing (`socket:[123]`, `pipe:[45]`, `anon_inode:[eventpoll]`). */
  path: string;
  local?: string;
  peer?: string;
  tcpState?: TcpState;
  recvQ?: number;
  sendQ?: number;
  /**
   * Of a pipe, FIFO or socket that a thread waits for: who holds the other end on this machine. Absent when it was not looked for, and
   * when only this descriptor itself is, a FIFO opened both ways; empty when nobody was found.
   */
  otherEnd?: OtherEnd[];
}

export interface OtherEnd {
  pid: number;
  /** The kernel's name of the process, or of its program where that names a thread. */
  name: string;
  fd: number;
}

export type FdKind =
  | 'tcp'
  | 'udp'
  | 'unix'
  | 'socket'
  | 'pipe'
  | 'fifo'
  | 'file'
  | 'directory'
  | 'device'
  | 'eventpoll'
  | 'eventfd'
  | 'io_uring'
  | 'inotify'
  | 'anon'
  | 'unknown';

/** Names as in `ss`. */
export type TcpState =
  | 'ESTABLISHED'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'FIN_WAIT1'
  | 'FIN_WAIT2'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'LISTEN'
  | 'CLOSING'
  | 'NEW_SYN_RECV'
  | 'UNKNOWN';

/** `nops stack`. */
export interface StackResult extends Result<'stack'> {
  node: string | null;
  v8: string | null;
  /** How long the main thread was held to read its stack, or the process stopped, in whole microseconds; 0 when it was not. */
  pausedMicros: number;
  threads: StackThread[];
  /** Handles and requests that keep the event loop busy, by type; null when the main thread could not be asked. */
  pending: { handles: { type: string; count: number }[]; requests: { type: string; count: number }[] } | null;
}

export interface StackThread extends ThreadActivity {
  tid: number;
  name: string;
  role: 'main' | 'worker' | 'libuv' | 'v8' | 'other';
  /** `exact`: nothing moved while it was read; `none`: no frames are known. */
  accuracy: 'exact' | 'callers' | 'none';
  /** Innermost first. Empty with accuracy `exact`: no JavaScript is on this thread's stack. */
  frames: StackFrame[];
}

/** `url`, `line` and `column` are of the source when a source map tells it, and then `generated` has what runs. */
export interface StackFrame {
  /** The bare function name; empty when it is anonymous. */
  function: string;
  class?: string;
  url: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
  kind: 'js' | 'builtin' | 'native' | 'wasm';
  inlined: boolean;
  /** Which of V8's tiers made the code; absent where it is not known. */
  tier?: 'interpreted' | 'baseline' | 'maglev' | 'turbofan';
  generated?: { url: string; line: number; column: number };
}

/** `nops stats`. Rates are means over `seconds`. */
export interface StatsResult extends Result<'stats'> {
  seconds: number;
  /** In flight now; finished per second in the window. */
  requests: { in: RequestFlow; out: RequestFlow } | null;
  activeHandles: number | null;
  activeRequests: number | null;
  loop: { delayP50Ms: number; delayP99Ms: number; delayMaxMs: number; utilization: number } | null;
  gc: { count: number; pauseMs: number; maxPauseMs: number } | null;
  heap: {
    usedBytes: number;
    totalBytes: number;
    limitBytes: number;
    externalBytes: number;
    arrayBuffersBytes: number;
    usedBytesPerSec: number;
  } | null;
  rssBytes: number | null;
  /** Percent of one core over the window, all threads. */
  cpuPercent: number | null;
  threads: number | null;
  /** `growthPerSec`: how fast the number of open descriptors changes; below 0 it falls. */
  fds: { open: number; limit: number | null; growthPerSec: number } | null;
  /** Set when the main thread did not answer: for at least how long it has not come round to its event loop. */
  blockedForMs: number | null;
  main: ThreadActivity;
}

export interface RequestFlow {
  inFlight: number;
  finishedPerSec: number;
}

/** `nops sockets`. */
export interface SocketsResult extends Result<'sockets'> {
  sockets: SocketEntry[];
  listeners: { local: string; acceptQueue: number }[];
  /** Connections grouped by the remote end and state; for those we accepted, the remote port is left out. */
  peers: { peer: string; direction: 'in' | 'out'; state: TcpState; count: number; recvQ: number; sendQ: number }[];
  /** Connections that ended lately, still held by the kernel, to the peers and from the listeners of this process. */
  timeWait: { peer: string; direction: 'in' | 'out'; count: number }[];
  unix: { path: string; state: string; count: number }[];
}

export interface SocketEntry {
  fd: number;
  kind: 'tcp' | 'unix';
  inode: number;
  state: string;
  local: string;
  /** Empty for listeners and unix sockets. */
  peer: string;
  recvQ: number;
  sendQ: number;
}

/** `nops fds`. */
export interface FdsResult extends Result<'fds'> {
  open: number;
  limit: { soft: number | null; hard: number | null };
  kinds: { kind: FdKind; count: number }[];
  fds: { fd: number; target: FdTarget }[];
}

/** `nops pools`. */
export interface PoolsResult extends Result<'pools'> {
  seconds: number;
  pools: Pool[];
  /** With --deep. */
  walk?: PoolsWalk;
}

export interface Pool {
  /** Stable while the process lives: `https-1`, `http-global`, `fetch`, `undici-1`. */
  name: string;
  kind: 'http' | 'https' | 'fetch' | 'undici';
  peers: PoolPeer[];
  settings: PoolSettings;
}

export interface PoolPeer {
  /** `host:port`, or a socket path. */
  peer: string;
  inUse: number;
  free: number;
  queued: number;
  openedPerSec: number;
  requestsPerSec: number;
  /** Share of requests in the window that were sent on a connection that had served one before; null when none was sent. */
  reuse: number | null;
}

/** null: this pool has no such setting, or it is unlimited (JSON has no Infinity). Times in milliseconds. */
export interface PoolSettings {
  keepAlive: boolean | null;
  maxSockets: number | null;
  maxFreeSockets: number | null;
  timeout: number | null;
}

export type SettingValue = number | boolean | string | null;

export interface Tunable {
  /** `<pool or server>.<setting>`, or the name the app registered. */
  name: string;
  value: SettingValue;
  description: string;
}

export interface Change {
  name: string;
  old: SettingValue;
  new: SettingValue;
}

/** `nops set` without changes, and the agent's `tunables`. */
export interface TunablesResult extends Result<'tunables'> {
  tunables: Tunable[];
  /** The latest changes, oldest first, at most 100. */
  log: (Change & { at: string })[];
}

/** `nops set`. */
export interface SetResult extends Result<'set'> {
  changes: Change[];
}

/** `nops cpu`. */
export interface CpuResult extends Result<'cpu'> {
  /** Path of the pprof file that was written. */
  file: string;
  seconds: number;
  samples: number;
  /** Nanoseconds of all samples together. */
  totalNanos: number;
  /** Most flat first, then most cum; at most 500 functions. */
  top: TopEntry[];
  /** With --tree: whose samples are in it; they have the label `pid`. */
  processes?: FamilyMember[];
  /** With --open: the page that shows the profile, valid while the command runs. */
  url?: string;
}

export interface TopEntry {
  function: string;
  file: string;
  line: number;
  /** In the profile's last sample type: nanoseconds for CPU, bytes for heap. */
  flat: number;
  flatPercent: number;
  cum: number;
  cumPercent: number;
}

/** `nops <pid>` and the agent's `info`. */
export interface InfoResult extends Result<'info'> {
  name: string | null;
  node: string | null;
  v8: string | null;
  /** Version of the agent; null when none answers. */
  agent: string | null;
  command: string[];
  cwd: string | null;
  socketPath: string | null;
  /** Ready to be given to `go tool pprof`, token included; null when the agent does not listen on TCP. */
  url: string | null;
  startedAt: string;
  ppid: number | null;
  uid: number | null;
  user: string | null;
  /** Its systemd service; null when it is in none. */
  service: string | null;
  elapsedSeconds: number | null;
  usage: InfoUsage | null;
  connections: InfoConnections | null;
  cgroup: CgroupFacts | null;
  flags: InfoFlags | null;
  /** null without an agent. */
  pulse: InfoPulse | null;
  /** What was measured with `-s`: the agent's stats; null without. */
  stats: StatsResult | null;
  /** null without an agent. */
  profiling: InfoProfiling | null;
  /** What each way can reach here; empty in an agent's own answer. */
  reach: InfoReach[];
}

/** `nops detach`: an agent that has unloaded itself. */
export interface DetachResult extends Result<'detach'> {
  /** Where an inspector still listens that the command line of the process did not ask for; absent when none does. */
  inspectorPort?: number;
  /** Its version; null when there was none. */
  agent: string | null;
  /** Whether `nops attach` had loaded it, and not the app. */
  attached: boolean;
  /** `later`: what it had on the main thread goes when that comes round to its event loop; `notes` says what it does now. */
  mainThread: 'left' | 'later';
  /** Another nops uses the agent: it was left there. Only where that was asked for. */
  kept?: true;
}

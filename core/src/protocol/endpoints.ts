/**
 * The agent's endpoints, by name. The agent's registry gives each its handler and draws the index page from this table; the CLI
 * asks for them by name. Nobody else spells a path.
 */

export interface Endpoint {
  method: 'GET' | 'POST';
  path: string;
  /** `beside` answers also while the main thread is stuck; `through` needs the main thread's JavaScript to respond. */
  way: 'beside' | 'through';
  /** Query parameters, each with its meaning, unit, default and bounds. */
  params: Record<string, string>;
  description: string;
}

const seconds = 'whole seconds to measure';
const delta = `${seconds}, 1 to 300: a second look minus the first`;
const debug = '0, the default: the pprof format, gzipped; 1: text as Go’s';
const format = 'pb, json, text, collapsed, and others as of profile';

const traceParams = {
  seconds: `${seconds}, 1 to 60, default 10`,
  hz: 'CPU samples per second, 0 (none) to 1000, default 100',
  last: 'whole seconds of the past, 1 to 60, of a process whose flight recorder is on',
  id: 'a name by which it can be ended early',
};

export const endpoints = {
  index: {
    method: 'GET',
    path: '/debug/pprof/',
    way: 'beside',
    params: {},
    description: 'This page.',
  },
  cmdline: {
    method: 'GET',
    path: '/debug/pprof/cmdline',
    way: 'beside',
    params: {},
    description: 'The command line, arguments separated by NUL bytes.',
  },
  profile: {
    method: 'GET',
    path: '/debug/pprof/profile',
    way: 'through',
    params: {
      seconds: `${seconds}, 1 to 300, default 30`,
      hz: 'samples per second, 1 to 1000, default 100',
      thread: 'main, all, or a worker’s number or name; default all, for format=cpuprofile main',
      format: 'pb, the default, or json, text, collapsed, cpuprofile and the others of core’s table',
      debug: '1: as format=text',
      from: 'instead of seconds: from when on, of what has been sampled already: -60s or -2m',
      to: 'until when: such as -30s; default now',
      id: 'a name by which it can be ended early',
    },
    description: 'CPU profile of the main thread and the workers: of now, or of what is held of the past.',
  },
  stopProfile: {
    method: 'POST',
    path: '/debug/nops/profile-stop',
    way: 'beside',
    params: { id: 'the name that it was given' },
    description: 'Ends a CPU profile or a trace early: who asked for it gets what there is.',
  },
  heap: {
    method: 'GET',
    path: '/debug/pprof/heap',
    way: 'through',
    params: {
      seconds: `${seconds}, 1 to 300: only what was allocated meanwhile and still lives. Default: since the agent started when its option heap is on, else 5`,
      gc: '1: collect first, which V8 does before each reading anyway',
      debug,
      format,
    },
    description: 'Sampled live heap: inuse_objects and inuse_space.',
  },
  allocs: {
    method: 'GET',
    path: '/debug/pprof/allocs',
    way: 'through',
    params: { seconds: `${seconds}, 1 to 300, default 5`, gc: 'as for heap', debug, format },
    description: 'Sampled allocations, also of what is freed already: alloc_objects and alloc_space.',
  },
  goroutine: {
    method: 'GET',
    path: '/debug/pprof/goroutine',
    way: 'beside',
    params: { seconds: delta, debug: `${debug}; 2: one by one, each with what it waits on`, format },
    description: 'Suspended async functions, as Go shows its goroutines.',
  },
  block: {
    method: 'GET',
    path: '/debug/pprof/block',
    way: 'through',
    params: {
      seconds: `${seconds}, 1 to 300, default 5; without it, where the agent samples all the time, all that it holds`,
      threshold: 'milliseconds from which on a stall counts, 20 to 60000, default 100',
      hz: 'samples per second, 10 to 1000, default 100',
      debug,
      format,
    },
    description: 'What kept the event loop from coming round: contentions and delay by stack.',
  },
  threadcreate: {
    method: 'GET',
    path: '/debug/pprof/threadcreate',
    way: 'through',
    params: { seconds: delta, debug, format },
    description: 'Worker threads by the stack that created them.',
  },
  symbol: {
    method: 'GET',
    path: '/debug/pprof/symbol',
    way: 'beside',
    params: {},
    description: 'num_symbols: 0, since profiles have the names of functions and no addresses.',
  },
  symbolPost: {
    method: 'POST',
    path: '/debug/pprof/symbol',
    way: 'beside',
    params: {},
    description: 'The same.',
  },
  custom: {
    method: 'GET',
    path: '/debug/pprof/<name>',
    way: 'through',
    params: { seconds: delta, debug, format },
    description: 'A profile that the app keeps with createProfile(name).',
  },
  trace: {
    method: 'GET',
    path: '/debug/pprof/trace',
    way: 'through',
    params: traceParams,
    description: 'What ran and what waited, and for what: trace-event JSON, gzipped, that Perfetto and Chrome open.',
  },
  traceAlias: {
    method: 'GET',
    path: '/debug/trace',
    way: 'through',
    params: traceParams,
    description: 'The same as /debug/pprof/trace.',
  },
  info: {
    method: 'GET',
    path: '/debug/nops/info',
    way: 'beside',
    params: { details: '0: only who it is and its versions; 1, the default: also use, connections and limits' },
    description: 'Who this process is, its versions, and how to reach this agent.',
  },
  pulse: {
    method: 'GET',
    path: '/debug/nops/pulse',
    way: 'through',
    params: {},
    description: 'How long the event loop takes to come round, once; handles and heap now.',
  },
  memstats: {
    method: 'GET',
    path: '/debug/nops/memstats',
    way: 'through',
    params: {},
    description: 'V8’s heap spaces, external memory and array buffers; RSS and PSS against the control group’s limit.',
  },
  gc: {
    method: 'POST',
    path: '/debug/nops/gc',
    way: 'through',
    params: {},
    description: 'Forces a full garbage collection of the main thread’s heap; its size before and after.',
  },
  gcSettings: {
    method: 'GET',
    path: '/debug/nops/setgc',
    way: 'through',
    params: { seconds: `${seconds} how V8 collects, 0 to 60, default 0` },
    description: 'Which limits of V8’s heap can be changed while the process runs, and which can’t.',
  },
  setgc: {
    method: 'POST',
    path: '/debug/nops/setgc',
    way: 'through',
    params: { seconds: `${seconds} how V8 collects, before and again after the change, 0 to 60, default 0` },
    description: 'Changes limits of V8’s heap: a JSON body {"growingPercent":50,"snapshotsNearLimit":1}.',
  },
  stats: {
    method: 'GET',
    path: '/debug/nops/stats',
    way: 'through',
    params: { seconds: `${seconds}, 1 to 60, default 1` },
    description: 'Requests in flight, event loop, GC, heap, RSS, CPU, file descriptors.',
  },
  stack: {
    method: 'GET',
    path: '/debug/nops/stack',
    way: 'through',
    params: {},
    description: 'What every thread does now, the main thread’s JavaScript stack, and pending handles and requests.',
  },
  async: {
    method: 'GET',
    path: '/debug/nops/async',
    way: 'beside',
    params: {
      betweenMs: 'milliseconds between the two looks, 200 to 60000, default 300',
      why: 'stacks of each group to follow to what they wait on, 0 to 100, default 1',
      live: '1: leave out what nothing can wake any more',
      all: '1: every frame, also Node’s own and those of packages',
      values: '1: also arguments and the queries of URLs',
    },
    description: 'Every suspended async function, as async call stacks, with what each waits on.',
  },
  sockets: {
    method: 'GET',
    path: '/debug/nops/sockets',
    way: 'beside',
    params: {},
    description: 'TCP and unix sockets by state and peer, with their queues.',
  },
  fds: {
    method: 'GET',
    path: '/debug/nops/fds',
    way: 'beside',
    params: {},
    description: 'Open file descriptors by kind, against the limit.',
  },
  pools: {
    method: 'GET',
    path: '/debug/nops/pools',
    way: 'through',
    params: {
      seconds: `${seconds}, 1 to 60, default 1`,
      deep: '1: also pools that no request uses, by a walk over the heap, for which the main thread stands still; default 0',
      force: '1: with deep also when that is predicted to take more than 2 s; default 0',
    },
    description: 'Connection pools: http(s).Agents in use and the dispatcher of fetch.',
  },
  tunables: {
    method: 'GET',
    path: '/debug/nops/tunables',
    way: 'through',
    params: {},
    description: 'Settings that can be changed while the process runs, with their values, and the changes made so far.',
  },
  set: {
    method: 'POST',
    path: '/debug/nops/tunables',
    way: 'through',
    params: {},
    description: 'Changes settings: a JSON body {"changes":[{"name":"https-1.maxFreeSockets","value":256}]}.',
  },
  lease: {
    method: 'POST',
    path: '/debug/nops/lease',
    way: 'beside',
    params: { stay: '1: the agent stays from now on, and the answer comes at once; default 0' },
    description:
      'Keeps an agent that was attached for a command, as long as the request stays open: with the last one it unloads itself.',
  },
  endRun: {
    method: 'POST',
    path: '/debug/nops/run-end',
    way: 'through',
    params: { signal: 'SIGINT or SIGTERM' },
    description:
      'Of a process that nops run has started: does what the signal does there, also while JavaScript runs in circles, where the signal is not heard.',
  },
  detach: {
    method: 'POST',
    path: '/debug/nops/detach',
    way: 'beside',
    params: {
      force: '1: also an agent that the app has loaded itself; default 0',
      shared: '1: not while somebody else holds its lease; default 0',
    },
    description: 'Unloads this agent: its thread, listeners, files and hooks. Refused when it was not attached.',
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof endpoints;

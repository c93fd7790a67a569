/** Every command of nops. A command is one file beside this one and one line here; nothing is loaded before it is asked for. */

import type { Command } from '../command-line/command.js';

interface CommandEntry {
  summary: string;
  load(): Promise<Command>;
}

/** gops's own names for commands that are called otherwise here; docs/commands.md has them all. */
const aliases: Record<string, string> = {
  'pprof-cpu': 'cpu',
  'pprof-heap': 'heap',
  process: 'info',
};

/** The name of a command as the table has it; undefined for what is none. */
export function commandName(word: string): string | undefined {
  const name = Object.hasOwn(aliases, word) ? aliases[word] : word;
  return name !== undefined && Object.hasOwn(commands, name) ? name : undefined;
}

export const commands: Record<string, CommandEntry> = {
  list: {
    summary: 'List the Node.js processes of this machine, and what each main thread does.',
    load: async () => (await import('./list.js')).list,
  },
  info: {
    summary: 'Who a process is, what it uses, its connections and limits, and how it can be reached.',
    load: async () => (await import('./info.js')).info,
  },
  stats: {
    summary: 'Requests in flight, event loop, GC, heap, memory, CPU and descriptors over a moment.',
    load: async () => (await import('./stats.js')).stats,
  },
  stack: {
    summary: 'What every thread does now, the main thread’s JavaScript stack, and what is pending.',
    load: async () => (await import('./stack.js')).stack,
  },
  async: {
    summary: 'Every suspended async function, as async call stacks, with what each waits on.',
    load: async () => (await import('./async.js')).async,
  },
  top: {
    summary: 'Which functions each thread spends its time in, live; without an agent, a pause or a restart.',
    load: async () => (await import('./top.js')).top,
  },
  attach: {
    summary: 'Load the agent into a running process that was not prepared, without a restart.',
    load: async () => (await import('./attach.js')).attach,
  },
  detach: {
    summary: 'Unload an agent that was attached: nothing of it is left.',
    load: async () => (await import('./detach.js')).detach,
  },
  eval: {
    summary: 'The value of a JavaScript expression in a running process.',
    load: async () => (await import('./eval.js')).evalCommand,
  },
  cpu: {
    summary: 'Record a CPU profile as a pprof file, and show the costliest functions.',
    load: async () => (await import('./cpu.js')).cpu,
  },
  pprof: {
    summary: 'The reports of go tool pprof, on files, processes and URLs; filters, labels, differences.',
    load: async () => (await import('./pprof.js')).pprof,
  },
  diff: {
    summary: 'What changed between two profiles, how sure that is, and an exit code for CI.',
    load: async () => (await import('./diff.js')).diff,
  },
  report: {
    summary: 'A CPU profile on one page of text: the heaviest stacks, functions and lines.',
    load: async () => (await import('./report.js')).report,
  },
  heap: {
    summary: 'Sample the heap into a pprof file, and show which functions hold most of it.',
    load: async () => (await import('./heap.js')).heap,
  },
  allocs: {
    summary: 'Sample all that is allocated, also what is freed at once, into a pprof file.',
    load: async () => (await import('./allocs.js')).allocs,
  },
  'heap-snapshot': {
    summary: 'Write V8’s snapshot of the whole heap, after telling what that costs, or not when there is no room.',
    load: async () => (await import('./heap-snapshot.js')).heapSnapshot,
  },
  memstats: {
    summary: 'V8’s heap by space, external memory, and the resident size against the limit.',
    load: async () => (await import('./memstats.js')).memstats,
  },
  gc: {
    summary: 'Force a full garbage collection, and show the heap before and after.',
    load: async () => (await import('./gc.js')).gc,
  },
  setgc: {
    summary: 'Change the limits of V8’s heap that can change while it runs; says which can’t.',
    load: async () => (await import('./setgc.js')).setgc,
  },
  sockets: {
    summary: 'TCP and unix sockets by peer and state, with their queues and what is in TIME_WAIT.',
    load: async () => (await import('./sockets.js')).sockets,
  },
  fds: {
    summary: 'Open file descriptors by kind, against the limit.',
    load: async () => (await import('./fds.js')).fds,
  },
  pools: {
    summary: 'Connection pools: in use, free, queued, opened per second, reuse and settings.',
    load: async () => (await import('./pools.js')).pools,
  },
  set: {
    summary: 'Change settings of a running process; without changes, list them.',
    load: async () => (await import('./set.js')).set,
  },
  run: {
    summary: 'Start a command with its Node.js processes profiled from their start to their end.',
    load: async () => (await import('./run.js')).run,
  },
  ui: {
    summary: 'A flame graph of a CPU or heap profile in the browser, from a file or recorded now.',
    load: async () => (await import('./ui.js')).ui,
  },
  tree: {
    summary: 'The Node.js processes as a tree: clusters, forks, children, and worker threads.',
    load: async () => (await import('./tree.js')).tree,
  },
  version: {
    summary: 'Versions: of nops, and of a process’s Node, V8 and agent.',
    load: async () => (await import('./version.js')).version,
  },
  trace: {
    summary: 'Record what ran and what waited, and for what: by request, by peer, by stack.',
    load: async () => (await import('./trace.js')).trace,
  },
  doctor: {
    summary: 'Check what works on this machine, what does not, and how to get it.',
    load: async () => (await import('./doctor.js')).doctor,
  },
  completion: {
    summary: 'Print a script that lets bash, zsh or fish complete commands, options and targets.',
    load: async () => (await import('./completion.js')).completion,
  },
};

/** Commands by all of their names, gops's included. */
export const byEveryName: Readonly<Record<string, CommandEntry>> = {
  ...commands,
  ...Object.fromEntries(
    Object.entries(aliases).flatMap(([alias, name]) => {
      const entry = commands[name];
      return entry === undefined ? [] : [[alias, entry]];
    }),
  ),
};

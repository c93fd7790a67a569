/** Every command of nops. A command is one file beside this one and one line here; nothing is loaded before it is asked for. */

import type { Command } from '../command.js';

interface CommandEntry {
  summary: string;
  load(): Promise<Command>;
}

export const commands: Record<string, CommandEntry> = {
  list: {
    summary: 'List the Node.js processes of this machine, and what each main thread does.',
    load: async () => (await import('./list.js')).list,
  },
  info: {
    summary: 'Who a process is, its versions, and how to reach its agent.',
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
  cpu: {
    summary: 'Record a CPU profile as a pprof file, and show the costliest functions.',
    load: async () => (await import('./cpu.js')).cpu,
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
};

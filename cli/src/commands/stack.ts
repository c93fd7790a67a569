/** `nops stack`: the stack of every thread of a process, and what it waits for. */

import { exitCodes } from '@nops/core/protocol/errors';
import type { StackResult } from '@nops/core/protocol/results';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';
import { eachTarget, maxTargets, treeOption } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import { formatPending, formatThreads } from '../output/threads.js';
import { resolveTarget } from '../target/resolve.js';
import { stackTotals } from '../tree/totals.js';

export const stack: Command<StackResult> = {
  usage: '<target> ... [--stop] [--native] [--threads] [--tree]',
  examples: [
    [
      'nops stack 4242',
      'also while its main thread is stuck in a system call; an agent holds one that runs, for a moment',
    ],
    [
      'nops stack 4242 --stop',
      'exact also for threads that run: stops the process for a moment, and says for how long',
    ],
    ['nops stack 4242 --native', 'with the C++ functions'],
  ],
  options: {
    stop: { type: 'boolean', description: 'stop the process for a moment (SIGSTOP) where a thread runs, to be exact' },
    native: { type: 'boolean', description: 'C++ frames too' },
    tree: treeOption,
    threads: { type: 'boolean', description: 'list every thread, not only those that run JavaScript' },
  },
  takes: { min: 1, max: maxTargets },
  each: eachTarget,
  async run(context, args) {
    const target = await resolveTarget(context, args.positionals[0]);
    return target.stack({ stop: args.flag('stop'), native: args.flag('native') });
  },
  tree: { totals: stackTotals },
  // Threads without stacks are an answer, but not the one that was asked for: the notes say what would give it.
  exit: ({ way, v8 }) => (way === 'beside' && v8 === null ? exitCodes.impossible : 0),
  print(result, output, args) {
    return [
      formatThreads(result.threads, output, listsAll(args)),
      formatPending(result.pending, output),
      output.colors.dim(describePause(result)),
      formatFooter(result, output),
    ].join('');
  },
};

function listsAll(args: Args | undefined): boolean {
  return args?.flag('threads') === true;
}

function describePause({ way, pausedMicros }: StackResult): string {
  if (pausedMicros === 0) return '';
  const what = way === 'beside' ? 'process stopped' : 'main thread paused';
  return `\n${what} for ${Math.round(pausedMicros)} µs to read its stack\n`;
}

/** `nops stack`: what every thread of a process does now, and what its event loop waits for. */

import type { StackResult } from '@nops/core/protocol/results';
import type { Command } from '../command.js';
import { eachTarget, maxTargets } from '../options.js';
import { formatFooter } from '../output/footer.js';
import { formatPending, formatThreads } from '../output/threads.js';
import { resolveTarget } from '../target/resolve.js';
import { agentElseBeside } from '../ways.js';

export const stack: Command<StackResult> = {
  usage: '<target> ...',
  examples: [['nops stack 4242', 'also while its main thread is stuck in a system call']],
  options: {},
  takes: { min: 1, max: maxTargets },
  each: eachTarget,
  async run(context, args) {
    const target = await resolveTarget(context, args.positionals[0]);
    return agentElseBeside(
      target,
      agent => agent.call('stack'),
      async identity => (await import('../beside/stack.js')).stackBeside(identity),
    );
  },
  print(result, output) {
    const paused =
      result.pausedMicros === 0
        ? ''
        : `main thread paused for ${Math.round(result.pausedMicros)} µs to read its stack\n`;
    return [
      formatThreads(result.threads, output),
      formatPending(result.pending, output),
      paused === '' ? '' : `\n${output.colors.dim(paused.trimEnd())}\n`,
      formatFooter(result, output),
    ].join('');
  },
};

/** `nops detach`: unloads an agent that `nops attach` loaded. Nothing of it is left in the process. */

import type { DetachResult } from '@nops/core/protocol/results';
import type { Command } from '../command-line/command.js';
import { eachTarget, maxTargets } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import { resolveTarget } from '../target/resolve.js';

export const detach: Command<DetachResult> = {
  usage: '<target> ... [--force]',
  examples: [['nops detach 4242', 'its worker thread, socket, files and hooks are gone afterwards']],
  options: { force: { type: 'boolean', description: 'also an agent that the app itself loaded' } },
  takes: { min: 1, max: maxTargets },
  each: eachTarget,
  async run(context, args) {
    const target = await resolveTarget(context, args.positionals[0]);
    const agent = await target.findAgent();
    if (agent === undefined) return nothingToDo(target.process?.pid ?? 0);
    const result = await agent.call('detach', args.flag('force') ? { force: 1 } : {});
    if (target.process === undefined) return result;
    const { inspectorLeftOpen } = await import('@nops/probe/through/left-open');
    const port = await inspectorLeftOpen(target.process.pid);
    if (port === undefined) return result;
    const { stillOpen } = await import('../attach/for-now.js');
    return { ...result, inspectorPort: port, notes: [...result.notes, stillOpen(target.process.pid, port)] };
  },
  print(result, output) {
    const line =
      result.agent === null
        ? 'no agent was in the process'
        : `${result.inspectorPort === undefined ? 'detached' : 'unloaded'} agent ${result.agent}${result.mainThread === 'later' ? '; the rest follows' : ''}`;
    return `${line}\n${formatFooter(result, output)}`;
  },
};

function nothingToDo(pid: number): DetachResult {
  return {
    schema: 'nops.detach/1',
    pid,
    way: 'beside',
    notes: [],
    agent: null,
    attached: false,
    mainThread: 'left',
  };
}

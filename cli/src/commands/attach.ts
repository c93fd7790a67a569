/** `nops attach`: loads the agent into a running process. From then on it answers as if it had been started with it. */

import type { AttachResult } from '@nops/core/protocol/attach-results';
import { NopsError } from '@nops/core/protocol/errors';
import { formatMillis } from '@nops/core/units/format';
import type { Command } from '../command-line/command.js';
import { attachPatience, eachTarget, maxTargets } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import { resolveTarget } from '../target/resolve.js';

export const attach: Command<AttachResult> = {
  usage: '<target> ...',
  examples: [
    ['nops attach 4242', 'no restart: a worker thread in the process listens on a socket that only its user can open'],
    ['nops detach 4242', 'takes it away again'],
  ],
  patience: attachPatience,
  options: {},
  takes: { min: 1, max: maxTargets },
  each: eachTarget,
  async run(context, args) {
    const began = performance.now();
    const { process: identity } = await resolveTarget(context, args.positionals[0]);
    if (identity === undefined) {
      throw new NopsError('usage', 'an agent answers there already', 'Ask it: nops info <target>');
    }
    const { findAgentOf } = await import('../target/agent-of.js');
    const found = await findAgentOf(context, identity);
    if (found !== undefined) {
      if (found.leased) await found.agent.call('lease', { stay: 1 });
      const { agent, socketPath } = await found.agent.call('info', { details: 0 });
      return { ...resultOf(identity.pid, began), agent, socketPath: socketPath ?? '', already: true };
    }
    const { inject } = await import('../attach/inject.js');
    const { agent, version, socketPath, already } = await inject(context, identity);
    await agent.call('lease', { stay: 1 });
    return { ...resultOf(identity.pid, began), agent: version, socketPath, already };
  },
  print(result, output) {
    const { agent, socketPath, already, elapsedMs } = result;
    const what = `agent ${agent ?? 'of an unknown version'} on ${socketPath}`;
    const line = already ? `${what}: it was there already` : `${what}: attached in ${formatMillis(elapsedMs)}`;
    return `${line}\n${formatFooter(result, output)}`;
  },
};

function resultOf(pid: number, began: number): Pick<AttachResult, 'schema' | 'pid' | 'way' | 'notes' | 'elapsedMs'> {
  return { schema: 'nops.attach/1', pid, way: 'through', notes: [], elapsedMs: Math.round(performance.now() - began) };
}

/** `nops info`, in short `nops <pid>`: who a process is and how to reach it. */

import type { InfoResult } from '@nops/core/protocol/results';
import type { Command } from '../command.js';
import { formatFields } from '../output/fields.js';
import { formatFooter } from '../output/footer.js';
import type { Output } from '../output/output.js';
import { resolveTarget } from '../target/resolve.js';
import { howToGetAgent } from '../target/target.js';
import { agentElseBeside } from '../ways.js';

export const info: Command<InfoResult> = {
  usage: '<target>',
  examples: [
    ['nops info 4242', 'in short: nops 4242'],
    ['nops info api', 'the process whose script, package or service is called api'],
  ],
  options: {},
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const target = await resolveTarget(context, args.positionals[0]);
    return agentElseBeside(
      target,
      async agent => {
        const result = await agent.call('info');
        return { ...result, name: result.name ?? target.process?.name ?? null };
      },
      async identity => (await import('../beside/info.js')).infoBeside(identity),
    );
  },
  print,
};

function print(result: InfoResult, output: Output): string {
  const fields = formatFields(
    [
      ['pid', String(result.pid)],
      ['name', result.name ?? undefined],
      ['node', describeNode(result)],
      ['command', result.command.map(quote).join(' ')],
      ['folder', result.cwd ?? undefined],
      ['started', result.startedAt],
      ['agent', result.agent ?? `none; ${howToGetAgent}`],
      ['socket', result.socketPath ?? undefined],
      ['pprof', result.url ?? undefined],
    ],
    output,
  );
  return `${fields}${formatFooter(result, output)}`;
}

function describeNode({ node, v8 }: InfoResult): string {
  return `${node ?? 'version unknown'}${v8 === null ? '' : ` (V8 ${v8})`}`;
}

/** As a shell would take it. */
function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

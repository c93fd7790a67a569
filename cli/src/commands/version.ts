/** `nops version`: of nops, and of what runs in a process. */

import type { VersionResult } from '@nops/core/protocol/machine-results';
import type { Command } from '../command-line/command.js';
import { formatFields } from '../output/fields.js';
import { resolveTarget } from '../target/resolve.js';
import { readVersion } from '../version.js';

export const version: Command<VersionResult> = {
  usage: '[<target>]',
  examples: [
    ['nops version', 'of nops'],
    ['nops version 4242', 'and of Node, V8 and the agent in process 4242'],
  ],
  options: {},
  takes: { min: 0, max: 1 },
  async run(context, args) {
    const result: VersionResult = {
      schema: 'nops.version/1',
      nops: readVersion(),
      node: process.versions.node,
      target: null,
    };
    if (args.positionals[0] === undefined) return result;
    const target = await resolveTarget(context, args.positionals[0]);
    const { pid, node, v8, agent } = await target.inShort();
    return { ...result, target: { pid, node, v8, agent } };
  },
  print: ({ nops, node, target }, output) =>
    formatFields(
      [
        ['nops', `${nops} on node ${node}`],
        ['process', target === null ? undefined : String(target.pid)],
        ['node', target === null ? undefined : (target.node ?? 'unknown')],
        ['V8', target === null ? undefined : (target.v8 ?? 'unknown without an agent')],
        ['agent', target === null ? undefined : (target.agent ?? 'none')],
      ],
      output,
    ),
};

/** `nops tree`: the Node processes by who started whom, with their worker threads. */

import { NopsError } from '@nops/core/protocol/errors';
import type { TreeNode, TreeResult } from '@nops/core/protocol/machine-results';
import type { Command } from '../command-line/command.js';
import type { Output } from '../output/output.js';

export const tree: Command<TreeResult> = {
  usage: '[<pid>]',
  examples: [
    ['nops tree', 'every Node.js process; [*] marks those with an agent'],
    ['nops tree 4242', 'only process 4242 and what it started'],
  ],
  options: {},
  takes: { min: 0, max: 1 },
  async run(context, args) {
    const [{ readTree }, { find }] = await Promise.all([
      import('@nops/probe/beside/tree'),
      import('@nops/probe/beside/family'),
    ]);
    const folder = context.environment.folder;
    const { roots, skipped } = readTree(folder === undefined ? {} : { announcementFolder: folder });
    const [text] = args.positionals;
    if (text === undefined) return { schema: 'nops.tree/1', roots, skipped };
    const { resolveTarget } = await import('../target/resolve.js');
    const { process: identity } = await resolveTarget(context, text);
    const found = find(roots, identity?.pid);
    if (found === undefined) {
      throw new NopsError(
        'no-target',
        `${text} is no process that can be seen here`,
        'nops tree   shows those that can',
      );
    }
    return { schema: 'nops.tree/1', roots: [found], skipped: [] };
  },
  print({ roots, skipped }, output) {
    const left = skipped.flatMap(({ pids }) => pids).length;
    const note = left === 0 ? '' : `${output.colors.dim(`${left} processes could not be read: try sudo nops tree`)}\n`;
    if (roots.length === 0) return `No Node.js process found.\n${note}`;
    return `${roots.map(root => formatNode(root, '', '', output)).join('')}${note}`;
  },
};

/**
 *   4242 [*] (api) {v20.20.2}
 *   ├── 4250 (api) {v20.20.2} cluster worker
 *   └── thread 4251 (WorkerThread)
 *
 * `first` stands before its own line, `rest` before those of its branches.
 */
function formatNode(node: TreeNode, first: string, rest: string, output: Output): string {
  const branches = [
    ...node.children.map(
      child => (mark: string, below: string) => formatNode(child, rest + mark, rest + below, output),
    ),
    ...node.workers.map(
      ({ tid, name }) =>
        (mark: string) =>
          `${rest}${mark}${output.colors.dim(`thread ${tid} (${name})`)}\n`,
    ),
  ];
  const lines = branches.map((draw, index) =>
    index === branches.length - 1 ? draw('└── ', '    ') : draw('├── ', '│   '),
  );
  return `${first}${describe(node, output)}\n${lines.join('')}`;
}

const kinds: Record<TreeNode['kind'], string> = {
  root: '',
  cluster: ' cluster worker',
  fork: ' fork',
  child: ' child',
};

function describe(node: TreeNode, { colors }: Output): string {
  const agent = node.agent ? ` ${colors.good('[*]')}` : '';
  const via = node.via.length === 0 ? '' : ` via ${node.via.map(({ name, pid }) => `${name} ${pid}`).join(', ')}`;
  const version = node.node === null ? '{?}' : `{v${node.node}}`;
  return `${node.pid}${agent} (${node.name}) ${version}${colors.dim(`${kinds[node.kind]}${via}`)}`;
}

/** `nops heap-snapshot`: V8's snapshot of a heap in a file, with what it costs told before it begins. */

import type { HeapSnapshotResult } from '@nops/core/protocol/heap-snapshot-results';
import { formatBytes, formatMillis } from '@nops/core/units/format';
import type { Command } from '../command-line/command.js';
import { attachPatience } from '../command-line/options.js';
import { formatFooter } from '../output/footer.js';
import { checkWritable } from '../output/write-file.js';
import { resolveTarget } from '../target/resolve.js';

export const heapSnapshot: Command<HeapSnapshotResult> = {
  usage: '<target> [-o <file>] [--force]',
  examples: [
    ['nops heap-snapshot 4242', 'the main thread stands still meanwhile: about a second for each 10 MB of heap'],
    ['nops heap-snapshot 4242 -o app.heapsnapshot', 'then nops ui app.heapsnapshot shows it'],
  ],
  patience: attachPatience,
  options: {
    output: { type: 'string', short: 'o', value: '<file>', description: 'where to write the snapshot' },
    force: { type: 'boolean', description: 'also when the prediction says that memory or disk will not suffice' },
  },
  takes: { min: 1, max: 1 },
  async run(context, args) {
    const output = args.text('output');
    checkWritable(output ?? 'nops-heap-snapshot');
    const target = await resolveTarget(context, args.positionals[0]);
    return target.heapSnapshot({ ...(output === undefined ? {} : { file: output }), force: args.flag('force') });
  },
  print(result, output) {
    const { file, bytes, pauseMs, predicted } = result;
    const lines = [
      `${formatBytes(bytes)} written to ${file}`,
      `the main thread stood still for ${formatMillis(pauseMs)}, predicted were ${formatMillis(predicted.pauseMs)}`,
      `to look at it: nops ui ${file}, or Chrome’s DevTools, Memory, Load profile`,
    ];
    return `${lines.join('\n')}\n${formatFooter(result, output)}`;
  },
};

/** `nops info`, in short `nops <pid>`: who a process is, what it uses and how to reach it. */

import type { InfoResult } from '@nops/core/protocol/results';
import { infoSeconds } from '../bounds.js';
import type { Args } from '../command-line/args.js';
import type { Command } from '../command-line/command.js';
import { parseDuration, parseMoment } from '../command-line/duration.js';
import { maxTargets } from '../command-line/options.js';
import { formatConnections } from '../output/connections.js';
import { formatFields } from '../output/fields.js';
import { formatFooter } from '../output/footer.js';
import { infoFields } from '../output/info-fields.js';
import type { Output } from '../output/output.js';
import { formatReach } from '../output/reach.js';
import { resolveTarget } from '../target/resolve.js';

export const info: Command<InfoResult> = {
  usage: '<target> ... [<duration>]',
  examples: [
    ['nops info 4242', 'in short: nops 4242'],
    ['nops 4242 2s', 'with the CPU used over 2 seconds, and the event loop’s delay with an agent'],
    ['nops info api', 'the process whose script, package or service is called api'],
  ],
  options: {
    seconds: {
      type: 'string',
      short: 's',
      value: '<N>',
      description: `seconds to measure, ${infoSeconds.min} to ${infoSeconds.max}, default: nothing is measured`,
    },
  },
  takes: { min: 1, max: maxTargets },
  each,
  async run(context, args) {
    const seconds = parseMoment(args.text('seconds'), infoSeconds);
    const target = await resolveTarget(context, args.positionals[0]);
    return target.info(seconds === undefined ? {} : { seconds });
  },
  print,
};

/** After the targets there may be a duration, as gops has it. */
function each(args: Args): Args[] {
  const last = args.positionals.at(-1) ?? '';
  const isDuration = args.positionals.length > 1 && parseDuration(last) !== undefined;
  const targets = isDuration ? args.positionals.slice(0, -1) : args.positionals;
  return targets.map(target => args.with([target], isDuration ? { seconds: last } : {}));
}

function print(result: InfoResult, output: Output): string {
  return [
    formatFields(infoFields(result, output), output),
    formatReach(result.reach, output),
    formatConnections(result.connections, output),
    formatFooter(result, output),
  ].join('');
}

/** `nops run`: starts a command whose Node processes are prepared, and profiles them from their start to their end. */

import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { RunResult } from '@nops/core/protocol/run-results';
import { cpuHz } from '../bounds.js';
import type { Command } from '../command-line/command.js';
import { exitCodeOf } from '../run-child/spawn.js';

const maxArguments = 10_000;

export const run: Command<RunResult> = {
  usage: '[--cpu] [--heap] [--trace] [-o <folder>] -- <command> [<argument> ...]',
  examples: [
    ['nops run -- node app.js', 'a CPU profile of its whole life, of every Node.js process that it starts as well'],
    ['nops run --heap -o profiles -- npm start', 'what is alive on the heap at its end'],
    [
      'nops run --trace -- node app.js',
      'what it did and waited for in its first minute; then: nops trace tasks <file>',
    ],
    ['nops run --clinic doctor -- node app.js', 'under an installed clinic, also without a terminal'],
  ],
  options: {
    cpu: { type: 'boolean', description: 'CPU profiles; the default when nothing else is asked for' },
    heap: { type: 'boolean', description: 'sampled heap profiles: what is alive at the end' },
    trace: {
      type: 'boolean',
      description: 'traces of the first 60 seconds of each; of a later time: nops trace <pid>, while it runs',
    },
    clinic: { type: 'string', value: '<tool>', description: 'doctor, flame, bubbleprof or heapprofiler instead' },
    hz: {
      type: 'string',
      value: '<N>',
      description: `samples per second, ${cpuHz.min} to ${cpuHz.max}, default ${cpuHz.fallback}`,
    },
    output: { type: 'string', short: 'o', value: '<folder>', description: 'where to write, default: here' },
  },
  takes: { min: 1, max: maxArguments, what: 'a command' },
  ownsSignals: true,
  async run(context, args) {
    const command = args.positionals;
    const folder = args.text('output') ?? '.';
    const tool = args.text('clinic');
    // What its processes leave is in a folder that we remove.
    const release = context.hold('each');
    const result = await (tool === undefined ? profiled() : clinic(tool)).finally(release);
    const lines = [
      ...result.profiles.map(({ kind, pid, file }) => `${kind} of process ${pid}: ${file}`),
      ...result.notes,
    ];
    // The command's own output is all that belongs on standard output.
    if (!args.flag('json')) for (const line of lines) context.tell(line);
    return result;

    async function profiled(): Promise<RunResult> {
      const hz = parseWhole('--hz', args.text('hz'), cpuHz);
      const [heap, trace] = [args.flag('heap'), args.flag('trace')];
      const { runProfiled } = await import('../run-child/profiled.js');
      return runProfiled(context, command, folder, { cpu: args.flag('cpu') || !(heap || trace), heap, trace, hz });
    }

    async function clinic(name: string): Promise<RunResult> {
      if (['cpu', 'heap', 'trace'].some(name => args.flag(name))) {
        throw new NopsError(
          'usage',
          '--clinic profiles by itself: it goes with none of --cpu, --heap and --trace',
          'Leave them out.',
        );
      }
      const { checkTool, runClinic } = await import('../run-child/clinic.js');
      return runClinic(context, checkTool(name), command, folder);
    }
  },
  /** As the command ended. */
  exit: result => exitCodeOf(result),
  print: () => '',
};

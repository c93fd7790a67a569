/** `nops run`: starts a command whose Node processes are prepared, and profiles them from their start to their end. */

import { NopsError } from '@nops/core/protocol/errors';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { RunResult } from '@nops/core/protocol/run-results';
import { printable } from '@nops/core/units/printable';
import { cpuHz } from '../bounds.js';
import type { Command } from '../command.js';
import { exitCodeOf } from '../run-child/spawn.js';

const maxArguments = 10_000;

export const run: Command<RunResult> = {
  usage: '[--cpu] [--heap] [-o <folder>] -- <command> [<argument> ...]',
  examples: [
    ['nops run -- node app.js', 'a CPU profile of its whole life, of every Node.js process that it starts as well'],
    ['nops run --heap -o profiles -- npm start', 'what is alive on the heap at its end'],
    ['nops run --clinic doctor -- node app.js', 'under an installed clinic, also without a terminal'],
  ],
  options: {
    cpu: { type: 'boolean', description: 'CPU profiles; the default when nothing else is asked for' },
    heap: { type: 'boolean', description: 'sampled heap profiles: what is alive at the end' },
    trace: { type: 'boolean', description: 'not there yet' },
    clinic: { type: 'string', value: '<tool>', description: 'doctor, flame, bubbleprof or heapprofiler instead' },
    hz: {
      type: 'string',
      value: '<N>',
      description: `samples per second, ${cpuHz.min} to ${cpuHz.max}, default ${cpuHz.fallback}`,
    },
    output: { type: 'string', short: 'o', value: '<folder>', description: 'where to write, default: here' },
  },
  takes: { min: 1, max: maxArguments },
  ownsSignals: true,
  async run(context, args) {
    const command = args.positionals;
    const folder = args.text('output') ?? '.';
    const tool = args.text('clinic');
    if (args.flag('trace')) {
      throw new NopsError(
        'impossible',
        'nops run can’t record traces yet',
        'nops trace <pid>   records one of a process that runs, also of one that nops run has started',
      );
    }
    const result = await (tool === undefined ? profiled() : clinic(tool));
    const lines = [
      ...result.profiles.map(({ kind, pid, file }) => `${kind} of process ${pid}: ${file}`),
      ...result.notes,
    ];
    // The command's own output is all that belongs on standard output.
    if (!args.flag('json')) for (const line of lines) context.tell(printable(line));
    return result;

    async function profiled(): Promise<RunResult> {
      const hz = parseWhole('--hz', args.text('hz'), cpuHz);
      const heap = args.flag('heap');
      const { runProfiled } = await import('../run-child/profiled.js');
      return runProfiled(context, command, folder, { cpu: args.flag('cpu') || !heap, heap, hz });
    }

    async function clinic(name: string): Promise<RunResult> {
      if (args.flag('cpu') || args.flag('heap')) {
        throw new NopsError(
          'usage',
          '--clinic profiles by itself: it goes with neither --cpu nor --heap',
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

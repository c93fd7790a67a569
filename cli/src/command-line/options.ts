/** Options that more than one command takes. */

import { parseWhole } from '@nops/core/protocol/parameters';
import type { Args } from './args.js';
import type { Option, Options } from './option.js';

/** Every command takes these; they may also stand before its name. */
export const globalOptions: Options = {
  json: { type: 'boolean', description: 'print the result as JSON on standard output' },
  'json-file': { type: 'string', value: '<file>', description: 'write the result as JSON to a file as well' },
  token: { type: 'string', value: '<token>', description: 'token of an agent that listens on TCP (or NOPS_TOKEN)' },
  'shared-host': {
    type: 'boolean',
    description: 'open an inspector also where other users could connect to it (or NOPS_SHARED_HOST=1)',
  },
  'no-color': { type: 'boolean', description: 'no colours (or NO_COLOR)' },
  help: { type: 'boolean', short: 'h', description: 'show help' },
  version: { type: 'boolean', short: 'V', description: 'show the version of nops' },
};

export const all: Option = { type: 'boolean', description: 'list each one' };

export const treeOption: Option = {
  type: 'boolean',
  description: 'the process and the Node.js processes it started: cluster, PM2, children',
};

/** In the help of commands that open an inspector or attach: the sum of the deadlines on the way (probe/src/through, attach/inject.ts). */
export const attachPatience = 'Attaching to a process that is stuck or very busy takes 60 s at most.';

/** How many targets a command answers for at once; each may keep a socket and a measurement. */
export const maxTargets = 64;

/** Each target by itself: `each` of a command that takes several. */
export function eachTarget(args: Args): Args[] {
  return args.positionals.map(target => args.with([target]));
}

interface SecondsBounds {
  min: number;
  max: number;
  fallback: number;
}

/** The option `-s`, whole seconds within the bounds that the agent's endpoint has too. */
export function secondsOption({ min, max, fallback }: SecondsBounds): Option {
  return {
    type: 'string',
    short: 's',
    value: '<N>',
    description: `seconds to measure, ${min} to ${max}, default ${fallback}`,
  };
}

/** Throws a `usage` error unless `-s` is a whole number within the bounds. */
export function parseSeconds(args: Args, bounds: SecondsBounds): number {
  return parseWhole('--seconds', args.text('seconds'), bounds);
}

/** How a Node process was started: its options and the few environment variables of Node's own that tell something. */

import type { InfoFlags } from '@nops/core/protocol/info-parts';
import { redactText, redactWords } from '@nops/core/units/redact';
import { nodeOptionsOf } from './command-line.js';
import type { Identity } from './identity.js';
import { orUndefined, readWords } from './procfs.js';

/**
 * The variables of the environment that `pid` was started with; undefined when it may not be read. What the program set or deleted
 * since is not seen: it lives elsewhere in its memory. proc_pid_environ(5).
 */
export function readEnvironmentVariable(pid: number, name: string): string | undefined {
  const entry = (orUndefined(() => readWords(pid, 'environ')) ?? '')
    .split('\0')
    .find(line => line.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/** The command line and Node's options in it and in NODE_OPTIONS, without what looks like a secret. */
export function readStartedWith({ pid, argv, title }: Identity): { command: string[]; flags: InfoFlags } {
  const command = redactWords(argv);
  const options = redactText(readEnvironmentVariable(pid, 'NODE_OPTIONS') ?? '');
  return {
    command: command.words,
    flags: {
      execArgv: title === null ? nodeOptionsOf(command.words) : null,
      nodeOptions: options.text === '' ? null : options.text,
      redacted: command.count + options.count,
    },
  };
}

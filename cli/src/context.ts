/** What a command, or a program that uses nops as a library, gives to what asks a process. */

import type { Options } from './command-line/option.js';
import type { Environment } from './env.js';
import type { Progress } from './output/progress.js';

/** What a command may know of the others: enough to describe them. */
export interface KnownCommand {
  summary: string;
  load(): Promise<{ options: Options; takes: { max: number } }>;
}

export interface Context {
  environment: Environment;
  /** For agents that listen on TCP: `--token`, else NOPS_TOKEN. */
  token: string | undefined;
  /** Aborted by Ctrl-C and SIGTERM: everything that waits must take it. */
  signal: AbortSignal;
  /** Shows that a wait of known length goes on; to be stopped by who started it. */
  progress(label: string, totalMs: number): Progress;
  /** Tells the user something on standard error, before the answer. */
  tell(line: string): void;
  /** The next Ctrl-C does this instead of aborting `signal`, unless what this returns is called before: for what can end early and well. */
  onInterrupt(action: () => void): () => void;
  /** Has `action` run when the command has its answer or has failed: for what it leaves behind otherwise. */
  atEnd(action: () => Promise<void>): void;
}

/** A command may also know the others. */
export interface CommandContext extends Context {
  /** All commands by all of their names. */
  commands: Readonly<Record<string, KnownCommand>>;
}

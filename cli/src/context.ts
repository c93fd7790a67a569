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
  /** Aborted by Ctrl-C and SIGTERM while anything holds them, see `hold`: everything that waits must take it. */
  signal: AbortSignal;
  /**
   * Until what this returns is called, Ctrl-C and SIGTERM abort `signal` instead of ending nops at once: for what leaves something behind.
   * Only the first does; with `each` also the next one leaves nothing, which then runs the process's listeners of `exit`.
   */
  hold(firmness?: 'first' | 'each'): () => void;
  /** Shows that a wait of known length goes on; to be stopped by who started it. */
  progress(label: string, totalMs: number): Progress;
  /** Tells the user something on standard error, before the answer. */
  tell(line: string): void;
  /** The next Ctrl-C does this instead of aborting `signal`, unless what this returns is called before: for what can end early and well. */
  onInterrupt(action: () => void, firmness?: 'first' | 'each'): () => void;
  /** Has `action` run when the command has its answer or has failed: for what it leaves behind otherwise. */
  atEnd(action: () => Promise<void>): void;
}

/** Runs `action` with no signal in the middle of it: for files that are written whole or not at all. */
export function uninterrupted<T>({ hold }: Pick<Context, 'hold'>, action: () => T): T {
  const release = hold();
  try {
    return action();
  } finally {
    release();
  }
}

/** A command may also know the others. */
export interface CommandContext extends Context {
  /** All commands by all of their names. */
  commands: Readonly<Record<string, KnownCommand>>;
}

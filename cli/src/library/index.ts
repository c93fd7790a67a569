/** `import { attach } from 'nops'`: what the command line asks, for programs. */

import { NopsError } from '@nops/core/protocol/errors';
import type { ListResult } from '@nops/core/protocol/results';
import { listBeside } from '../beside/list.js';
import type { Context } from '../context.js';
import { readEnvironment } from '../env.js';
import { resolveTarget } from '../target/resolve.js';
import type { AttachOptions, Target } from './types.js';

export type * from '@nops/core/protocol/async-results';
export type * from '@nops/core/protocol/attach-results';
export type { ErrorCode } from '@nops/core/protocol/errors';
export type * from '@nops/core/protocol/family-results';
export type * from '@nops/core/protocol/heap-snapshot-results';
export type * from '@nops/core/protocol/memory-results';
export type * from '@nops/core/protocol/pools-results';
export type * from '@nops/core/protocol/results';
export type * from '@nops/core/protocol/top-results';
export type * from '@nops/core/protocol/trace-results';
export type * from './types.js';
export { NopsError };

/**
 * Finds a process: by its pid, its name, or an agent's address (`host:port`, `http://…`, `unix:<path>`). Nothing is done to it: what needs
 * an agent loads one when it is asked. Rejects with a `NopsError`: `usage`, `no-target`, `no-permission`.
 */
export async function attach(target: number | string, options: AttachOptions = {}): Promise<Target> {
  const endings: (() => Promise<void>)[] = [];
  const found = await resolveTarget(
    contextOf(options, action => void endings.push(action)),
    String(target),
  );
  const close = async () => {
    await Promise.allSettled(endings.splice(0).map(end => end()));
  };
  return Object.assign(found, { close, [Symbol.asyncDispose]: close });
}

/** The Node.js processes of this machine. */
export function list(): Promise<ListResult> {
  return listBeside(readEnvironment(process.env).folder);
}

function contextOf({ signal, token, inject, sharedHost, onProgress }: AttachOptions, atEnd: Context['atEnd']): Context {
  const environment = readEnvironment(process.env);
  return {
    environment: {
      ...environment,
      attach: inject ?? environment.attach,
      sharedHost: sharedHost ?? environment.sharedHost,
    },
    token: token ?? environment.token,
    signal: signal ?? new AbortController().signal,
    progress(text) {
      const at = (share: number) => onProgress?.({ text, share });
      at(0);
      return { at, stop: () => at(1) };
    },
    tell: text => onProgress?.({ text, share: null }),
    atEnd,
    // Signals are the program's own.
    hold: () => () => {},
    onInterrupt: () => () => {},
  };
}

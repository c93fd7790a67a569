/** What tests ask of an inspector that must not open, or must be closed again. */

import assert from 'node:assert/strict';
import { NopsError } from '@nops/core/protocol/errors';
import { readListeners } from '@nops/probe/through/listeners';
import { openInspector } from '@nops/probe/through/open-inspector';
import { until } from './target.js';

/** Fails when the inspector of the process opens, or when it is refused only after the signal. */
export async function refusal(pid: number): Promise<NopsError> {
  const error: unknown = await openInspector(pid, { sharedHost: true }).then(
    async opened => {
      await opened.close();
      return undefined;
    },
    error => error,
  );
  assert.ok(error instanceof NopsError, 'it was refused');
  assert.match(error.message, /no signal was sent/);
  return error;
}

/** Waits until the process listens on no port. */
export async function noListener(pid: number): Promise<void> {
  await until(
    () => readListeners(pid).own.size === 0 || undefined,
    () => `process ${pid} to listen on no port`,
  );
}

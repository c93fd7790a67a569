/** `POST /debug/nops/tunables`: changes settings, and logs each change on the process's standard error. */

import { NopsError } from '@nops/core/protocol/errors';
import type { SetResult, SettingValue } from '@nops/core/protocol/results';
import type { Handler } from '../context.js';
import { log } from '../log.js';
import { explainNoAnswer } from '../main-thread/stuck.js';
import { loopDeadlineMs } from './tunables.js';

const maxChanges = 100;

export const set: Handler = async (asked, context) => {
  const changes = await context.main.call('set', parseChanges(asked.body), loopDeadlineMs).catch(error => {
    throw explainNoAnswer(error, context);
  });
  context.logChanges(changes);
  for (const change of changes)
    log(`set ${change.name}: ${JSON.stringify(change.old)} → ${JSON.stringify(change.new)}`);
  const result: SetResult = { schema: 'nops.set/1', pid: process.pid, way: 'agent', notes: [], changes };
  return { type: 'json', value: result };
};

function parseChanges(body: string): { name: string; value: SettingValue }[] {
  const expected = 'the body must be JSON: {"changes":[{"name":"https-1.maxFreeSockets","value":256}]}';
  let parsed: { changes?: unknown };
  try {
    parsed = JSON.parse(body) as { changes?: unknown };
  } catch {
    throw new NopsError('usage', expected);
  }
  const changes = parsed?.changes;
  if (!Array.isArray(changes) || changes.length === 0 || changes.length > maxChanges)
    throw new NopsError('usage', expected);
  return changes.map((change: { name?: unknown; value?: unknown } | null) => {
    const value = change?.value;
    if (
      typeof change?.name !== 'string' ||
      !(value === null || ['string', 'number', 'boolean'].includes(typeof value))
    ) {
      throw new NopsError('usage', expected);
    }
    return { name: change.name, value: value as SettingValue };
  });
}

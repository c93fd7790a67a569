/** `POST /debug/nops/setgc`: changes V8's heap limits, logs it on the process's standard error, and sees what came of it. */

import { NopsError } from '@nops/core/protocol/errors';
import type { GcSettings, SetgcRequest, SetgcResult } from '@nops/core/protocol/memory-results';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { Handler } from '../context.js';
import { callMs, measureGrowth, setgcResult } from '../gc-limits.js';
import { log } from '../log.js';
import { explainNoAnswer } from '../main-thread/stuck.js';

const percents = { min: 1, max: 1000 };
const snapshots = { min: 1, max: 10 };

export const setgc: Handler = async (asked, context) => {
  const seconds = parseWhole('seconds', asked.params.get('seconds'), { min: 0, max: 60, fallback: 0 });
  const request = parseRequest(asked.body);
  try {
    const old = await context.main.call('gcSettings', null, callMs);
    const before = await measureGrowth(context, seconds, asked.signal);
    // Who left while it was measured wants no change any more.
    if (asked.signal.aborted) throw new NopsError('no-answer', 'the client left; nothing was changed');
    const now = await context.main.call('setgc', request, callMs);
    const changes = changesOf(request, old, now);
    context.logChanges(changes);
    for (const change of changes) log(`setgc ${change.name}: ${change.old ?? 'auto'} → ${change.new ?? 'auto'}`);
    const after = await measureGrowth(context, seconds, asked.signal);
    return { type: 'json', value: await setgcResult(context, changes, seconds === 0 ? null : { before, after }) };
  } catch (error) {
    throw explainNoAnswer(error, context);
  }
};

function changesOf(request: SetgcRequest, old: GcSettings, now: GcSettings): SetgcResult['changes'] {
  return (['growingPercent', 'snapshotsNearLimit'] as const)
    .filter(name => request[name] !== undefined)
    .map(name => ({ name, old: old[name], new: now[name] }));
}

function parseRequest(body: string): SetgcRequest {
  let parsed: { [Name in keyof SetgcRequest]: unknown };
  try {
    parsed = JSON.parse(body) as typeof parsed;
  } catch {
    throw expected();
  }
  if (typeof parsed !== 'object' || parsed === null) throw expected();
  const { growingPercent, snapshotsNearLimit } = parsed;
  if (growingPercent === undefined && snapshotsNearLimit === undefined) throw expected();
  return {
    ...(growingPercent === undefined
      ? {}
      : { growingPercent: growingPercent === null ? null : whole('growingPercent', growingPercent, percents) }),
    ...(snapshotsNearLimit === undefined
      ? {}
      : { snapshotsNearLimit: whole('snapshotsNearLimit', snapshotsNearLimit, snapshots) }),
  };
}

function whole(name: string, value: unknown, { min, max }: { min: number; max: number }): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new NopsError(
    'usage',
    `invalid value for ${name}: ${JSON.stringify(value)} - must be a whole number from ${min} to ${max}; nothing was changed`,
  );
}

function expected(): NopsError {
  return new NopsError('usage', 'the body must be JSON: {"growingPercent":50,"snapshotsNearLimit":1}');
}

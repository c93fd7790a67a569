/**
 * `/debug/pprof/block`: what kept the event loop from coming round, by the stacks that were sampled meanwhile. Go's is about channels and
 * locks; of these JavaScript has none, and what everybody waits for is the loop. Measured now, or, where the agent samples all the time and
 * nobody says for how long, of all that it holds.
 */

import { contentionText } from '@nops/core/profile/formats/to-go-text';
import type { Profile } from '@nops/core/profile/model';
import { toBlockProfile } from '@nops/core/profile/sampling/to-block-profile';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { Stall } from '../../messages/shared.js';
import type { Asked, Context, Handler } from '../context.js';
import type { Recorded } from '../engine/recording.js';
import { monotonicMicros } from '../engine/window-store.js';
import { Limit } from '../limit.js';
import { explainNoAnswer } from '../main-thread/stuck.js';
import { show, viewOf } from '../profiles/profile-view.js';
import { wait } from '../wait.js';

const atOnce = new Limit(3, 'block profiles');
const defaultSeconds = 5;
const callMs = 2000;
const patienceMs = 3000;
const threshold = { min: 20, max: 60_000, fallback: 100 };
const hz = { min: 10, max: 1000, fallback: 100 };

export const block: Handler = async (asked, context) => {
  const view = await viewOf(asked);
  const seconds = view.seconds ?? defaultSeconds;
  const thresholdMs = parseWhole('threshold', asked.params.get('threshold'), threshold);
  const intervalMicros = Math.round(1e6 / parseWhole('hz', asked.params.get('hz'), hz));
  const isOfPast = view.seconds === undefined && !asked.params.has('hz') && context.engine.hasPast;
  try {
    const profile = isOfPast
      ? await readHeld(context, thresholdMs)
      : await atOnce.run(seconds, () => measure(asked, context, { seconds, thresholdMs, intervalMicros }));
    return show(profile, { view, name: 'block', text: contentionText });
  } catch (error) {
    throw explainNoAnswer(error, context);
  }
};

interface Wanted {
  seconds: number;
  thresholdMs: number;
  intervalMicros: number;
}

async function measure(
  { signal }: Asked,
  { main, engine }: Context,
  { seconds, thresholdMs, intervalMicros }: Wanted,
): Promise<Profile> {
  const recording = await engine.record({ intervalMicros, thread: 'main', unlabelled: true });
  try {
    await main.call('stallsBegin', null, callMs);
    const beganMicros = monotonicMicros();
    await wait(seconds * 1000, signal);
    const stalls = await main.call('stallsEnd', beganMicros, callMs);
    return toProfile(await recording.finish(patienceMs), stalls, thresholdMs);
  } finally {
    recording.cancel();
  }
}

async function readHeld({ main, engine }: Context, thresholdMs: number): Promise<Profile> {
  const recorded = await engine.past(0, monotonicMicros());
  const fromMicros = recorded.parts[0]?.windows[0]?.beginMicros ?? 0;
  const stalls = await main.call('stallsSince', fromMicros, callMs);
  const ago = (monotonicMicros() - fromMicros) / 1000;
  const range = { ...recorded.range, fromMicros };
  return toProfile({ ...recorded, range, startedAtMs: Date.now() - ago }, stalls, thresholdMs);
}

function toProfile(recorded: Recorded, stalls: readonly Stall[], thresholdMs: number): Profile {
  const { parts, range, startedAtMs, askedIntervalMicros, notes } = recorded;
  const [part] = parts;
  const long = stalls.filter(({ fromMicros, toMicros }) => toMicros - fromMicros >= thresholdMs * 1000);
  const longestMs = long.reduce((most, { fromMicros, toMicros }) => Math.max(most, (toMicros - fromMicros) / 1000), 0);
  return toBlockProfile(part?.windows ?? [], long, {
    startedAtMs,
    durationMicros: range.toMicros - range.fromMicros,
    comments: [
      `stalls of the event loop of ${thresholdMs} ms and more, on the main thread: ${long.length}, the longest ${longestMs.toFixed(0)} ms`,
      `sampled at ${Math.round(1e6 / (part?.intervalMicros ?? askedIntervalMicros))} Hz; a stall is a contention of the stack that had most of it`,
      ...notes,
    ],
  });
}

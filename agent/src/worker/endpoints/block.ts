/**
 * `/debug/pprof/block`: what kept the event loop from coming round, by the stacks that were sampled meanwhile. Go's is about channels and
 * locks; of these JavaScript has none, and what everybody waits for is the loop.
 */

import type { Profile } from '@nops/core/profile/model';
import { toBlockProfile } from '@nops/core/profile/sampling/to-block-profile';
import { contentionText } from '@nops/core/profile/to-go-text';
import { parseWhole } from '@nops/core/protocol/parameters';
import type { Asked, Context, Handler } from '../context.js';
import { monotonicMicros } from '../engine/window-store.js';
import { Limit } from '../limit.js';
import { show, viewOf } from '../profile-view.js';
import { explainNoAnswer } from '../stuck.js';
import { wait } from '../wait.js';

const atOnce = new Limit(3, 'block profiles');
const defaultSeconds = 5;
const callMs = 2000;
const patienceMs = 3000;
const threshold = { min: 20, max: 60_000, fallback: 100 };
const hz = { min: 10, max: 1000, fallback: 100 };

export const block: Handler = async (asked, context) => {
  const view = viewOf(asked);
  const seconds = view.seconds ?? defaultSeconds;
  const thresholdMs = parseWhole('threshold', asked.params.get('threshold'), threshold);
  const intervalMicros = Math.round(1e6 / parseWhole('hz', asked.params.get('hz'), hz));
  try {
    const profile = await atOnce.run(seconds, () => measure(asked, context, { seconds, thresholdMs, intervalMicros }));
    return await show(profile, { ...view, seconds: undefined }, 'block', contentionText);
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
    const { parts, range, startedAtMs } = await recording.finish(patienceMs);
    const [part] = parts;
    const long = stalls.filter(({ fromMicros, toMicros }) => toMicros - fromMicros >= thresholdMs * 1000);
    const longestMs = Math.max(0, ...long.map(({ fromMicros, toMicros }) => (toMicros - fromMicros) / 1000));
    return toBlockProfile(part?.windows ?? [], long, {
      startedAtMs,
      durationMicros: range.toMicros - range.fromMicros,
      comments: [
        `stalls of the event loop of ${thresholdMs} ms and more, on the main thread: ${long.length}, the longest ${longestMs.toFixed(0)} ms`,
        `sampled at ${Math.round(1e6 / (part?.intervalMicros ?? intervalMicros))} Hz; a stall is a contention of the stack that had most of it`,
      ],
    });
  } finally {
    recording.cancel();
  }
}

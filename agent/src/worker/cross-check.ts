/**
 * Looks from beside at the main thread's stack while a CPU profile is taken, to find what V8's profiler leaves out:
 * core/src/profile/sampling/loop-blame.ts. A look costs this thread some 0.3 ms, the first one ever 90 to 160 ms, to learn what V8 it is; the main thread nothing.
 * Only when many looks are the same, as in a loop, V8 is asked too: inspector calls that interrupt the main thread, 12 at most, for less than 0.5 ms each.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { isRepeated, type Look, type SeenBeside, stacksToTell } from '@nops/core/profile/sampling/loop-blame';
import type { StackFrame } from '@nops/core/protocol/results';
import { ProfileLooks } from '@nops/probe/beside/stack/profile-looks';
import type { MainThread } from './main-thread.js';

/** 20 a second: 0.6 % of a core. */
const everyMs = 50;
/** Of a long profile fewer are taken: 300 s get one every 0.75 s. */
const maxLooks = 400;
/** A machine that is busy may give this thread too little time for them: then these are made up for, at once when the profile ends. */
const enoughLooks = 10;
const hurryMs = 10;
const askMs = 500;
/** It may wait for events when it is asked. */
const maxAsked = 12;

export interface CrossCheck {
  /** What was seen; undefined: nothing can be seen here. One of the two is to be called, once. */
  stop(): Promise<SeenBeside | undefined>;
  cancel(): void;
}

/** For a profile of `durationMs`. Never throws: a profile that can't be checked is a profile all the same. */
export function startCrossCheck(main: MainThread, durationMs: number): CrossCheck {
  const looks: Look[] = [];
  let source: ProfileLooks | 'none' | undefined;
  const look = () => {
    source ??= open();
    if (source === 'none' || looks.length >= maxLooks) return;
    try {
      const seen = source.look();
      if (seen !== undefined) looks.push(seen);
    } catch {
      // Whatever it is, it is no reason to lose the profile, let alone the agent: one look less.
    }
  };
  const timer = setInterval(look, Math.max(everyMs, durationMs / maxLooks));
  timer.unref();
  const cancel = () => {
    clearInterval(timer);
    if (source !== 'none') source?.close();
  };
  return {
    cancel,
    async stop() {
      clearInterval(timer);
      for (let tries = looks.length; tries < enoughLooks && source !== 'none'; tries++) {
        look();
        await sleep(hurryMs);
      }
      cancel();
      return source === 'none' ? undefined : { looks, told: isRepeated(looks) ? await askV8(main) : [] };
    },
  };
}

/** Fewer, or none, when it does not answer. */
async function askV8(main: MainThread): Promise<StackFrame[][]> {
  const told: StackFrame[][] = [];
  try {
    for (let asked = 0; asked < maxAsked && told.length < stacksToTell; asked++) {
      await sleep(hurryMs * (1 + Math.random())); // not in step with what comes round every so often
      const { frames } = await main.call('stack', null, askMs);
      if (frames.length > 0) told.push(frames.reverse());
    }
  } catch {
    // It is stuck where V8 does not come by.
  }
  return told;
}

/** `none` where there is no /proc, or a V8 that is not known. */
function open(): ProfileLooks | 'none' {
  try {
    return new ProfileLooks(process.pid);
  } catch {
    return 'none';
  }
}

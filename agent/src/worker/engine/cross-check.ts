/**
 * Looks from beside at the main thread's stack while a CPU profile is taken, to find what V8's profiler leaves out:
 * core/src/profile/sampling/loop-blame.ts. A look costs this thread some 0.3 ms, the first one ever 90 to 160 ms, to learn what V8 it is; the main thread nothing.
 * Only when many looks are the same, as in a loop, V8 is asked too, at moments when a look finds JavaScript: inspector calls that interrupt the
 * main thread, 12 at most, for less than 0.5 ms each.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { isToldEnough, type Look, repeatedLook, type SeenBeside } from '@nops/core/profile/sampling/loop-blame';
import type { StackFrame } from '@nops/core/protocol/results';
import { ProfileLooks } from '@nops/probe/beside/stack/profile-looks';
import type { MainThread } from '../main-thread/main-thread.js';

/** 20 a second: 0.6 % of a core. The mean: looks in step with what comes round every 100 ms would all find it, or never. */
const everyMs = 50;
/** Of a long profile fewer are taken: 300 s get one every 0.75 s. */
const maxLooks = 400;
/** A machine that is busy may give this thread too little time for them: then these are made up for, at once when the profile ends. */
const enoughLooks = 10;
const hurryMs = 10;
/** Of a thread that waits much of the time, many look in vain. */
const maxHurried = 30;
/** A busy machine may give the main thread too little time to answer sooner. */
const askMs = 1500;
/** It may have come to wait for events between the look and the question. */
const maxAsked = 12;
/** How long moments to ask are looked for: begun so long before a profile's end, it holds up no answer. */
const askWithinMs = 800;

export interface CrossCheck {
  /** What was seen; undefined: nothing can be seen here. One of the two is to be called, once. */
  stop(): Promise<SeenBeside | undefined>;
  cancel(): void;
}

interface Running {
  beganMs: number;
  everyMs: number;
  /** What V8 told a moment before the end, if it was asked then. */
  told?: Promise<StackFrame[][]>;
}

/** The looks for all profiles that are being taken: however many, they are looked for once. */
export class CrossChecks {
  readonly #main: MainThread;
  readonly #running = new Set<Running>();
  #looks: { atMs: number; look: Look }[] = [];
  #source: ProfileLooks | 'none' | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hurrying: Promise<void> | undefined;
  #asking: Promise<StackFrame[][]> | undefined;

  constructor(main: MainThread) {
    this.#main = main;
  }

  /**
   * Learns what V8 this is, for which it holds this thread. To be called before a session with the main thread is connected: a process that
   * ends meanwhile would wait for it. What it opens is closed at the end of the profile that follows.
   */
  prepare(): void {
    this.#source ??= open();
  }

  /** For a profile of `durationMs`. Never throws: a profile that can't be checked is a profile all the same. */
  start(durationMs: number): CrossCheck {
    const running: Running = { beganMs: performance.now(), everyMs: Math.max(everyMs, durationMs / maxLooks) };
    this.#running.add(running);
    this.#pace();
    const ahead = setTimeout(
      () => {
        const repeated = repeatedLook(this.#looksOf(running));
        if (repeated !== undefined) running.told = this.#ask(repeated);
      },
      durationMs - Math.min(askWithinMs, durationMs / 2),
    ).unref();
    const leave = () => {
      clearTimeout(ahead);
      this.#running.delete(running);
      this.#pace();
    };
    return { cancel: leave, stop: () => this.#stop(running).finally(leave) };
  }

  async #stop(running: Running): Promise<SeenBeside | undefined> {
    if (this.#needsMore(running)) {
      this.#hurrying ??= this.#hurry(running).finally(() => {
        this.#hurrying = undefined;
      });
      await this.#hurrying;
    }
    if (this.#source === 'none') return undefined;
    const looks = this.#looksOf(running);
    const repeated = repeatedLook(looks);
    if (repeated === undefined) return { looks, told: [] };
    return { looks, told: await (running.told ?? this.#ask(repeated)) };
  }

  /** Once for all who want it at the same time. */
  #ask(repeated: Look): Promise<StackFrame[][]> {
    this.#asking ??= this.#askV8(repeated).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Fewer, or none, when it does not answer, or no JavaScript runs when it is looked for. */
  async #askV8(repeated: Look): Promise<StackFrame[][]> {
    const told: StackFrame[][] = [];
    const endMs = performance.now() + askWithinMs;
    try {
      for (let asked = 0; asked < maxAsked && !isToldEnough(repeated, told) && performance.now() < endMs; ) {
        await sleep(hurryMs * (1 + Math.random())); // not in step with what comes round every so often
        if (this.#sawNone()) continue;
        asked++;
        const { frames } = await this.#main.call('stack', null, askMs);
        if (frames.length > 0) told.push(frames.reverse());
      }
    } catch {
      // It is stuck where V8 does not come by.
    }
    return told;
  }

  /** Whether the main thread waits for events, as it seems. */
  #sawNone(): boolean {
    try {
      return this.#source !== undefined && this.#source !== 'none' && this.#source.look()?.length === 0;
    } catch {
      return false;
    }
  }

  async #hurry(running: Running): Promise<void> {
    for (let tries = 0; tries < maxHurried && this.#needsMore(running) && this.#source !== 'none'; tries++) {
      this.#look();
      await sleep(hurryMs);
    }
  }

  /** Too few looks, or too few of them that found JavaScript, where there is any. */
  #needsMore(running: Running): boolean {
    const looks = this.#looksOf(running);
    const found = looks.filter(look => look.length > 0).length;
    return looks.length < enoughLooks || (found > 0 && found < enoughLooks);
  }

  /** Of a long profile every so many, when a shorter one beside it has had more of them taken. */
  #looksOf({ beganMs }: Running): Look[] {
    const looks = this.#looks.filter(({ atMs }) => atMs >= beganMs);
    const step = Math.ceil(looks.length / maxLooks);
    return looks.filter((_, i) => i % step === 0).map(({ look }) => look);
  }

  #look(): void {
    this.#source ??= open();
    if (this.#source === 'none') return;
    try {
      const look = this.#source.look();
      if (look !== undefined) this.#looks.push({ atMs: performance.now(), look });
    } catch {
      // Whatever it is, it is no reason to lose the profile, let alone the agent: one look less.
    }
  }

  /** As often as the shortest profile needs it; what nobody needs any more goes. */
  #pace(): void {
    clearTimeout(this.#timer);
    const oldestMs = Math.min(...[...this.#running].map(({ beganMs }) => beganMs));
    this.#looks = this.#looks.filter(({ atMs }) => atMs >= oldestMs);
    if (this.#running.size === 0) {
      if (this.#source !== 'none') this.#source?.close();
      this.#source = undefined;
      return;
    }
    this.#next(Math.min(...[...this.#running].map(running => running.everyMs)));
  }

  #next(meanMs: number): void {
    this.#timer = setTimeout(
      () => {
        this.#look();
        this.#next(meanMs);
      },
      meanMs * (0.5 + Math.random()),
    ).unref();
  }
}

/** `none` where there is no /proc, or a V8 that is not known. */
function open(): ProfileLooks | 'none' {
  try {
    return new ProfileLooks(process.pid);
  } catch {
    return 'none';
  }
}

/** Looks at one thread's stack that can be compared with what V8's profiler tells: functions of scripts, by where they begin. */

import type { Look, LookFrame } from '@nops/core/profile/sampling/loop-blame';
import type { RawFrame } from './frames.js';
import { Stacks } from './stacks.js';

/** A look can meet a running thread in mid-change. */
const maxTries = 3;

export class ProfileLooks {
  readonly #stacks: Stacks;
  readonly #tid: number;

  /** Throws what `Stacks` throws. */
  constructor(pid: number, tid: number = pid) {
    this.#stacks = new Stacks(pid);
    this.#tid = tid;
  }

  /** undefined: it could not be read. Throws `no-target`. */
  look(): Look | undefined {
    for (let tries = 0; tries < maxTries; tries++) {
      const sample = this.#stacks.sample(this.#tid);
      if (sample === undefined || sample.accuracy === 'none') continue;
      return sample.frames.flatMap(frame => this.#told(frame) ?? []).reverse();
    }
    return undefined;
  }

  close(): void {
    this.#stacks.close();
  }

  #told(frame: RawFrame): LookFrame | undefined {
    const begins = this.#stacks.startOf(frame);
    if (begins === undefined) return undefined;
    const { function: functionName, url, line } = this.#stacks.describeFrame(frame);
    return {
      functionName,
      url,
      lineNumber: begins.line - 1,
      columnNumber: begins.column - 1,
      line: frame.position >= 0 ? line : 0,
      ...(frame.tier === undefined ? {} : { tier: frame.tier }),
    };
  }
}

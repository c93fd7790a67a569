/**
 * Profiles of the app's own, as Go's runtime/pprof has them: what is counted is added with the stack of who adds it, and removed again
 * when it ends, so that what remains shows who holds it. Kept whether or not an agent runs, so that the order of calls does not matter.
 */

import { endpoints } from '@nops/core/protocol/endpoints';
import { NopsError } from '@nops/core/protocol/errors';
import { isVariant } from '@nops/core/protocol/request-target';
import type { CountedStacks } from '../messages/shared.js';
import { captureFrames } from './stack.js';
import { type KeptStack, StackCounts } from './stack-counts.js';

const maxProfiles = 100;
const maxValues = 100_000;
const profiles = new Map<string, CustomProfile>();

/** Served at `/debug/pprof/<name>`; to be made by `createProfile`. */
export class CustomProfile {
  readonly name: string;
  readonly #values = new Map<unknown, KeptStack>();
  readonly #counts = new StackCounts();
  #leftOut = 0;

  constructor(name: string) {
    this.name = name;
  }

  get count(): number {
    return this.#values.size;
  }

  /**
   * Adds a value, usually the object that is open, with the stack of the caller; `skip` leaves out so many frames of helpers. A value that
   * is in it already keeps its stack. At most 100,000 are held: those beyond are only counted as left out.
   */
  add(value: unknown, skip = 0): void {
    if (this.#values.has(value)) return;
    const stack = this.#values.size < maxValues ? this.#counts.add(captureFrames(this.add).slice(skip)) : undefined;
    if (stack === undefined) this.#leftOut++;
    else this.#values.set(value, stack);
  }

  /** Nothing happens when it is not there. */
  remove(value: unknown): void {
    const stack = this.#values.get(value);
    if (stack === undefined) return;
    this.#values.delete(value);
    this.#counts.remove(stack);
  }

  /** For the agent. */
  read(): CountedStacks {
    const stacks = this.#counts.all().map(({ frames, count }) => ({ frames, values: [count] }));
    return { types: [this.name], stacks, leftOut: this.#leftOut };
  }
}

/** Throws for a name that is taken, or has other characters than letters, digits and `_ - .`. */
export function createProfile(name: string): CustomProfile {
  if (!/^\w[\w.-]{0,99}$/.test(name))
    throw new NopsError('usage', `${JSON.stringify(name)} can’t name a profile: use letters, digits, _ - .`);
  const paths = Object.values(endpoints).map(({ path }) => path as string);
  const path = `/debug/pprof/${name}`;
  if (profiles.has(name) || paths.includes(path) || isVariant(path, paths))
    throw new NopsError('usage', `there is a profile ${name} already`);
  if (profiles.size >= maxProfiles) throw new NopsError('usage', `there are ${maxProfiles} profiles already`);
  const profile = new CustomProfile(name);
  profiles.set(name, profile);
  return profile;
}

/** The profile that `createProfile` made of this name. */
export function lookup(name: string): CustomProfile | undefined {
  return profiles.get(name);
}

export function customProfiles(): IterableIterator<CustomProfile> {
  return profiles.values();
}

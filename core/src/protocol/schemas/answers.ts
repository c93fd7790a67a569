/** What each endpoint of the agent answers, and how large that may be: a client checks an answer against this before it uses it. */

import type { InferOutput } from 'valibot';
import { gc, memstats, setgc } from './memory.js';
import { fds, info, pulse, sockets, stack, stats } from './process.js';
import { detach, endRun, lease, pools, set, stopProfile, tunables } from './settings.js';
import { async } from './waiting.js';

export const answers = {
  async,
  detach,
  endRun,
  fds,
  gc,
  gcSettings: setgc,
  info,
  lease,
  memstats,
  pools,
  pulse,
  set,
  setgc,
  sockets,
  stack,
  stats,
  stopProfile,
  tunables,
};

export type AnswerName = keyof typeof answers;
export type AnswerOf<Name extends AnswerName> = InferOutput<(typeof answers)[Name]>;

const mebibyte = 1024 ** 2;

/** Those that grow with what a process has: of 100,000 connections to as many peers, `sockets` has 25 MB. */
const largeAnswers: Partial<Record<AnswerName, number>> = {
  async: 32 * mebibyte,
  fds: 32 * mebibyte,
  pools: 32 * mebibyte,
  sockets: 32 * mebibyte,
  stack: 32 * mebibyte,
  // A command line may have megabytes (execve(2), "Limits on size of arguments").
  info: 8 * mebibyte,
  tunables: 8 * mebibyte,
};

export function maxAnswerBytes(name: AnswerName): number {
  return largeAnswers[name] ?? mebibyte;
}

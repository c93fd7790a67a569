/** Small reads of a process's memory through /proc/PID/mem, opened for reading only: proc_pid_mem(5). Nothing is paused or traced. */

import { closeSync, openSync, readSync } from 'node:fs';
import { orUndefined, procPath } from './procfs.js';
import type { Peek } from './syscall-args.js';

/** Addresses of user space end here on x86-64 with four levels of page tables. */
const endOfUserSpace = 1n << 47n;

/** Looks nowhere: for when nobody needs to know so exactly. */
export const blind: Peek = () => undefined;

/** Runs `use` with a function that reads the memory of `pid`: all the bytes asked for, or undefined. */
export function withPeek<T>(pid: number, use: (peek: Peek) => T): T {
  let file: number | undefined;
  let refused = false;
  const peek: Peek = (address, length) => {
    if (refused || address <= 0n || address >= endOfUserSpace) return undefined;
    file ??= orUndefined(() => openSync(`${procPath(pid)}/mem`, 'r'));
    refused = file === undefined;
    return file === undefined ? undefined : read(file, address, length);
  };
  try {
    return use(peek);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function read(file: number, address: bigint, length: number): Buffer | undefined {
  const buffer = Buffer.alloc(length);
  const got = orUndefined(() => readSync(file, buffer, { position: address }));
  return got === length ? buffer : undefined;
}

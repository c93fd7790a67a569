/**
 * Tells whether a thread ran between two looks. /proc/PID/task/TID/syscall gives the call it is in, with its arguments, stack pointer
 * and program counter; schedstat the time it ran and how often: when both are the same before and after, it executed nothing.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { orExplain, procPath } from '../procfs.js';

export interface ClockReading {
  /** Equal readings: the thread did not run in between. */
  stamp: string;
  /** It runs, or is about to: nothing else is known. */
  isRunning: boolean;
  stackPointer: number;
  programCounter: number;
}

export interface Clock {
  /** Throws `no-target`, `impossible` when the thread is gone. */
  read(): ClockReading;
  close(): void;
}

const maxLineBytes = 256;

export class ThreadClock implements Clock {
  readonly #pid: number;
  readonly #tid: number;
  readonly #files: readonly [syscall: number, schedstat: number];
  readonly #buffer = Buffer.alloc(2 * maxLineBytes);

  /** Throws `no-target`, `no-permission`. */
  constructor(pid: number, tid: number) {
    this.#pid = pid;
    this.#tid = tid;
    const open = (name: string) =>
      orExplain(pid, `task/${tid}/${name}`, () => openSync(`${procPath(pid)}/task/${tid}/${name}`, 'r'));
    const syscall = open('syscall');
    try {
      this.#files = [syscall, open('schedstat')];
    } catch (error) {
      closeSync(syscall);
      throw error;
    }
  }

  /** Throws `no-target` when the thread is gone. */
  read(): ClockReading {
    return orExplain(this.#pid, `task/${this.#tid}/syscall`, () => this.#read());
  }

  close(): void {
    for (const file of this.#files) closeSync(file);
  }

  #read(): ClockReading {
    const [syscall, schedstat] = this.#files;
    const bytes = readSync(syscall, this.#buffer, 0, maxLineBytes, 0);
    return toReading(this.#buffer.toString('latin1', 0, bytes), () => {
      const more = readSync(schedstat, this.#buffer, 0, maxLineBytes, 0);
      return this.#buffer.toString('latin1', 0, more);
    });
  }
}

/** The same without a file that stays open. */
export class BriefClock implements Clock {
  readonly #pid: number;
  readonly #folder: string;

  constructor(pid: number, tid: number) {
    this.#pid = pid;
    this.#folder = `task/${tid}`;
  }

  read(): ClockReading {
    return toReading(this.#text('syscall'), () => this.#text('schedstat'));
  }

  close(): void {}

  #text(name: string): string {
    return orExplain(this.#pid, `${this.#folder}/${name}`, () =>
      readOnce(`${procPath(this.#pid)}/${this.#folder}/${name}`),
    );
  }
}

const once = Buffer.alloc(maxLineBytes);

/** readFileSync takes three times as long. */
function readOnce(path: string): string {
  const file = openSync(path, 'r');
  try {
    return once.toString('latin1', 0, readSync(file, once, 0, maxLineBytes, 0));
  } finally {
    closeSync(file);
  }
}

function toReading(line: string, schedstat: () => string): ClockReading {
  const words = line.trim().split(' ');
  if (words.length < 3) return { stamp: '', isRunning: true, stackPointer: 0, programCounter: 0 };
  return {
    stamp: line + schedstat(),
    isRunning: false,
    stackPointer: Number.parseInt(words.at(-2) ?? '', 16),
    programCounter: Number.parseInt(words.at(-1) ?? '', 16),
  };
}

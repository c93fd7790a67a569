/** Takes in what the preloaded processes leave, window by window, so that neither memory nor disk grows with the time they run. */

import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeProfile } from '@nops/core/profile/encode';
import { type CpuProfile, fromCpuProfile } from '@nops/core/profile/formats/from-cpuprofile';
import { fromHeapProfile, type HeapProfile } from '@nops/core/profile/formats/from-heapprofile';
import { merge } from '@nops/core/profile/merge';
import type { Profile } from '@nops/core/profile/model';
import type { RunProfile } from '@nops/core/protocol/run-results';
import { lookAtForeign, readForeign } from '@nops/probe/beside/open-foreign';
import { fileName } from '../output/file-name.js';
import { writeWhole } from '../output/write-file.js';

/** As the preload asks V8 to sample. */
const heapIntervalBytes = 512 * 1024;
/** A build can start thousands of processes. */
const maxProcesses = 64;
/** Of what one leaves at a time: a window of CPU samples has some megabytes. */
const maxLeftBytes = 256 * 1024 ** 2;

interface CpuWindow {
  startedAtMs: number;
  intervalMicros: number;
  profile: CpuProfile;
}

interface HeapReading {
  startedAtMs: number;
  endedAtMs: number;
  profile: HeapProfile;
}

export class Collector {
  readonly #folder: string;
  readonly #cpu = new Map<number, Profile>();
  readonly #left = new Set<number>();
  /** Why the profile of a process could not be read, by pid. */
  readonly #damaged = new Map<number, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes in the windows that are there. */
  take(): void {
    for (const name of readdirSync(this.#folder)) {
      const [, digits] = /^(\d+)\.\d+\.cpu$/.exec(name) ?? [];
      if (digits === undefined) continue;
      const file = join(this.#folder, name);
      this.#add(Number(digits), file);
      rmSync(file, { force: true });
    }
  }

  #add(pid: number, file: string): void {
    const known = this.#cpu.get(pid);
    if (known === undefined && this.#cpu.size >= maxProcesses) {
      this.#left.add(pid);
      return;
    }
    const window = this.#profileOf<CpuWindow>(pid, file, cpuProfile);
    if (window !== undefined) this.#cpu.set(pid, known === undefined ? window : merge([known, window]));
  }

  /** undefined when the file is missing or is not a profile. */
  #profileOf<Left extends { startedAtMs: number }>(
    pid: number,
    file: string,
    convert: (left: Left) => Profile,
  ): Profile | undefined {
    const left = readLeft<Left>(file);
    if (left === undefined) return undefined;
    try {
      return convert(left);
    } catch (error) {
      this.#damaged.set(pid, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #pidsOf(file: RegExp): number[] {
    return readdirSync(this.#folder).flatMap(name => Number(file.exec(name)?.[1] ?? Number.NaN) || []);
  }

  /** Copies the traces to `folder`; a sentence for each that there is none of. */
  *#traces(folder: string): Generator<RunProfile | string> {
    for (const pid of this.#pidsOf(/^(\d+)\.trace\.failed$/)) {
      const why = readLeft<unknown>(join(this.#folder, `${pid}.trace.failed`));
      yield `process ${pid} was not traced${typeof why === 'string' ? `: ${why}` : ''}`;
    }
    for (const pid of this.#pidsOf(/^(\d+)\.trace(?:\.part)?$/).slice(0, maxProcesses)) {
      const whole = join(this.#folder, `${pid}.trace`);
      const complete = existsSync(whole);
      const file = join(folder, fileName('trace', pid, 'json.gz'));
      const left = complete ? whole : `${whole}.part`;
      if (lookAtForeign(left, 'before-last')?.stats.isFile() !== true) continue;
      copyFileSync(left, file);
      yield { pid, kind: 'trace', file, complete };
      if (!complete) yield `process ${pid} was killed or still runs: the end of its trace is missing`;
    }
  }

  /** Writes a file for each process and kind to `folder`. */
  write(folder: string): { profiles: RunProfile[]; notes: string[] } {
    this.take();
    const profiles: RunProfile[] = [];
    const keep = (pid: number, kind: 'cpu' | 'heap', profile: Profile): void => {
      const file = join(folder, fileName(kind, pid, 'pb.gz'));
      writeWhole(file, gzipSync(encodeProfile(profile)));
      profiles.push({ pid, kind, file, complete: existsSync(join(this.#folder, `${pid}.done`)) });
    };
    for (const [pid, profile] of this.#cpu) keep(pid, 'cpu', profile);
    for (const pid of this.#pidsOf(/^(\d+)\.heap$/).slice(0, maxProcesses)) {
      const profile = this.#profileOf<HeapReading>(pid, join(this.#folder, `${pid}.heap`), heapProfile);
      if (profile !== undefined) keep(pid, 'heap', profile);
    }
    const notes = profiles
      .filter(({ complete }) => !complete)
      .map(
        ({ pid, kind }) =>
          `process ${pid} was killed or still runs: the last seconds of its ${kind} profile are missing`,
      );
    for (const [pid, why] of this.#damaged) notes.push(`the profile that process ${pid} wrote is damaged: ${why}`);
    for (const trace of this.#traces(folder)) {
      if (typeof trace === 'string') notes.push(trace);
      else profiles.push(trace);
    }
    const kept = new Set(profiles.map(({ pid }) => pid));
    for (const pid of this.#pidsOf(/^(\d+)\.began$/)) {
      if (kept.has(pid) || this.#left.has(pid) || this.#damaged.has(pid)) continue;
      notes.push(
        `process ${pid} was killed or still runs, and has left nothing yet: it writes every 10 seconds and at its end`,
      );
    }
    if (this.#left.size > 0)
      notes.push(`${this.#left.size} further processes were left out: ${maxProcesses} are kept at most`);
    return { profiles, notes };
  }
}

/** undefined: the process has put something else there, or was ended amid writing it. */
function readLeft<T>(file: string): T | undefined {
  const text = readForeign(file, maxLeftBytes, 'before-last');
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

function cpuProfile({ profile, ...options }: CpuWindow): Profile {
  const window = fromCpuProfile(profile, options);
  // How long each window was idle would be a comment for each.
  return { ...window, comments: window.comments.filter(comment => !comment.startsWith('idle: ')) };
}

function heapProfile({ startedAtMs, endedAtMs, profile }: HeapReading): Profile {
  return fromHeapProfile(profile, {
    startedAtMs,
    durationMs: endedAtMs - startedAtMs,
    intervalBytes: heapIntervalBytes,
    comments: ['what was alive at the end, of what was allocated since the start'],
  });
}

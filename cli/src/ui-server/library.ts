/**
 * Profiles that were recorded before: in a folder of the user's own, each with what it is of beside it. Bounded in number and size; the
 * oldest go first.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { DescribedProfile } from '@nops/core/profile/origin';
import type { OtherProfile } from './app.js';

const maxProfiles = 100;
const maxBytes = 512 * 1024 ** 2;
const maxDescriptionBytes = 64 * 1024;

/** `stateHome`: XDG_STATE_HOME, where it is set (XDG base directory specification). */
export function libraryFolder(stateHome: string | undefined): string {
  const home = stateHome !== undefined && isAbsolute(stateHome) ? stateHome : join(homedir(), '.local', 'state');
  return join(home, 'nops', 'profiles');
}

/** Keeps a profile. Never throws: a profile that can't be kept is shown all the same. */
export function keepProfile(folder: string, described: DescribedProfile, bytes: Uint8Array, now: Date): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const id = `${now.toISOString().replace(/[:.]/g, '-')}-${process.pid}`;
    const options = { mode: 0o600, flag: 'wx' } as const;
    writeFileSync(join(folder, `${id}.profile`), bytes, options);
    writeFileSync(join(folder, `${id}.json`), JSON.stringify({ ...described, recordedAtMs: now.getTime() }), options);
    prune(folder);
    return true;
  } catch {
    return false;
  }
}

/** The newest first. What can't be read is left out. */
export function listLibrary(folder: string): OtherProfile[] {
  return idsIn(folder).flatMap(id => {
    const described = describe(join(folder, `${id}.json`));
    const read = () => orUndefined(() => new Uint8Array(readFileSync(join(folder, `${id}.profile`))));
    return described === undefined ? [] : [{ id, described, read }];
  });
}

function prune(folder: string): void {
  let bytes = 0;
  for (const [index, id] of idsIn(folder).entries()) {
    bytes += statSync(join(folder, `${id}.profile`)).size;
    if (index < maxProfiles && bytes <= maxBytes) continue;
    for (const ending of ['json', 'profile']) rmSync(join(folder, `${id}.${ending}`), { force: true });
  }
}

/** Their names begin with the time, so they sort by it. */
function idsIn(folder: string): string[] {
  const names = orUndefined(() => readdirSync(folder)) ?? [];
  const found = names.flatMap(name => /^([\dTZ-]+)\.profile$/.exec(name)?.[1] ?? []);
  return found.sort().reverse();
}

function describe(file: string): DescribedProfile | undefined {
  return orUndefined(() => {
    if (statSync(file).size > maxDescriptionBytes) return undefined;
    const value = JSON.parse(readFileSync(file, 'utf8')) as DescribedProfile;
    return typeof value.name === 'string' && typeof value.bytes === 'number' ? value : undefined;
  });
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

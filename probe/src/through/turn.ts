/**
 * One nops at a time opens the inspector of a process: else one closes what the other still uses, or signals while it is open and waits
 * for another in vain. A turn is a file in a private folder of the target's user, made with O_EXCL, that names the nops whose turn it is
 * by pid and start time. So a turn ends with who has it, however that ends, and nobody else can take or keep one. Where no such file can
 * be made all goes on without.
 */

import { randomBytes } from 'node:crypto';
import { linkSync, lstatSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { announcementFolders, announcementName } from '@nops/core/protocol/announcement';
import { NopsError } from '@nops/core/protocol/errors';
import { errnoOf, orUndefined, readStat, tryReadLink } from '../beside/procfs.js';
import { readOwnedFile } from '../beside/safe-files.js';
import { type PrivateFolder, privateFolders, useFolder } from './turn-folder.js';

export interface Turn {
  /** The file that names us, for who goes on when we are killed; undefined when there is none. */
  path: string | undefined;
  end(): void;
  /** After `end`: removes the folder if it was made for this and is empty. */
  tidy(): void;
}

/** What a turn's file holds. */
interface Holder {
  pid: number;
  startTime: string;
  /** `pid:[4026531836]`: in another namespace the pid means nothing. */
  namespace: string;
}

/** A turn takes a second or two: it ends when the inspector is closed again, before anything else is done. */
const patienceMs = 20_000;
/** In another pid namespace nobody knows whether its nops has ended; no turn takes so long. */
const abandonedMs = 60_000;
const againMs = 25;
const maxBytes = 1024;

/** For a process, and for the port that its inspector would have: most have the same, 9229. */
export async function takeTurn(pid: number, startTime: string, port: number, extraFolder?: string): Promise<Turn> {
  const deadline = performance.now() + patienceMs;
  const turn = await take(privateFolders(pid, extraFolder), `${announcementName(pid, startTime)}.turn`, deadline);
  if (port === 0) return turn;
  // Processes of other users can have the same port: our own folder is where our own user's nops meet.
  const uid = process.geteuid?.() ?? 0;
  const own = announcementFolders(uid).map(path => ({ path, inside: path, uid }));
  const network = /\d+/.exec(tryReadLink(pid, 'ns/net') ?? '')?.[0] ?? 'unknown';
  const ofPort = await take(own, `nops-port-${network}-${port}.turn`, deadline);
  return {
    path: turn.path,
    end: () => {
      ofPort.end();
      turn.end();
    },
    tidy: () => {
      ofPort.tidy();
      turn.tidy();
    },
  };
}

async function take(folders: readonly PrivateFolder[], name: string, deadline: number): Promise<Turn> {
  const none: Turn = { path: undefined, end() {}, tidy() {} };
  const self = ownHolder();
  if (self === undefined) return none;
  for (;;) {
    const used = useFolder(folders);
    if (used === undefined) return none;
    const path = join(used.folder.path, name);
    if (tryTake(path, self, used.folder.uid)) {
      return {
        path,
        end: () => {
          if (isSame(readHolder(path, used.folder.uid), self)) rmSync(path, { force: true });
        },
        tidy: used.undo,
      };
    }
    if (performance.now() > deadline) throw taken(path, readHolder(path, used.folder.uid));
    await sleep(againMs);
  }
}

/** Going on meanwhile would take the other's connections for an intruder's, and close what it still uses. */
function taken(path: string, holder: Holder | undefined): NopsError {
  const who = holder === undefined ? 'another nops' : `another nops, process ${holder.pid},`;
  return new NopsError(
    'no-answer',
    `${who} has been opening an inspector for ${patienceMs / 1000} s (${path}); no signal was sent`,
    'Try again when it has ended.',
  );
}

function tryTake(path: string, self: Holder, uid: number): boolean {
  // Linked under its name when it is whole: nobody reads half of it.
  const draft = asideOf(path);
  try {
    writeFileSync(draft, JSON.stringify(self), { flag: 'wx', mode: 0o600 });
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    if (errnoOf(error) === 'EEXIST') removeStale(path, uid);
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function asideOf(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}`;
}

/** Takes it away when its nops has ended. Renamed first: between look and removal another may have done the same, and made its own. */
function removeStale(path: string, uid: number): void {
  const holder = readHolder(path, uid);
  if (holder !== undefined && !hasEnded(holder) && !isAbandoned(path)) return;
  const aside = asideOf(path);
  orUndefined(() => {
    renameSync(path, aside);
    const moved = readHolder(aside, uid);
    // A living one's: put it back.
    if (moved !== undefined && !hasEnded(moved) && !isAbandoned(aside)) renameSync(aside, path);
    else rmSync(aside, { force: true });
  });
}

/** undefined for what is no file of ours: then nobody has a turn by it. */
function readHolder(path: string, uid: number): Holder | undefined {
  const owners = [uid, process.geteuid?.() ?? uid, 0];
  for (const owner of new Set(owners)) {
    const text = readOwnedFile(path, owner, maxBytes);
    if (text === undefined) continue;
    try {
      const { pid, startTime, namespace } = JSON.parse(text) as Record<string, unknown>;
      if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof namespace !== 'string') return undefined;
      return { pid, startTime, namespace };
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** In another pid namespace it can't be known. */
function hasEnded({ pid, startTime, namespace }: Holder): boolean {
  if (namespace !== ownNamespace()) return false;
  return orUndefined(() => readStat(pid).startTime) !== startTime;
}

function isAbandoned(path: string): boolean {
  const madeMs = orUndefined(() => lstatSync(path).mtimeMs);
  return madeMs !== undefined && Date.now() - madeMs > abandonedMs;
}

function isSame(one: Holder | undefined, other: Holder): boolean {
  return one?.pid === other.pid && one.startTime === other.startTime && one.namespace === other.namespace;
}

function ownHolder(): Holder | undefined {
  const startTime = orUndefined(() => readStat(process.pid).startTime);
  const namespace = ownNamespace();
  return startTime === undefined || namespace === undefined ? undefined : { pid: process.pid, startTime, namespace };
}

function ownNamespace(): string | undefined {
  return orUndefined(() => readlinkSync('/proc/self/ns/pid'));
}

// One set-up at a time in a checkout.
//
//   .nops/setup.lock/          a folder: who gets it into place holds the lock
//     <pid>-<start time>       an empty file named after the holder
//
// A folder that already has its file is renamed into place, which fails while there is a folder with a file in it, so the lock is never
// seen without its holder. A dead holder's file is removed by its name: whoever comes second removes nothing of the new holder's.

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from './error.mjs';

/** Longer than the slowest honest set-up: 10 minutes. */
const maxWaitMs = 600_000;
const pollMs = 200;

/**
 * Runs `work` while no other process sets up the checkout at `root`.
 * @param {string} root
 * @param {(line: string) => void} say
 * @param {() => Promise<void>} work
 */
export async function withLock(root, say, work) {
  const folder = path.join(root, '.nops');
  const lock = path.join(folder, 'setup.lock');
  const self = `${process.pid}-${startTime(process.pid)}`;
  fs.mkdirSync(folder, { recursive: true });
  const deadline = Date.now() + maxWaitMs;
  for (let said = false; !tryLock(lock, self); await sleep(pollMs)) {
    const holder = holderOf(lock);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      fs.rmSync(path.join(lock, holder), { force: true });
      continue;
    }
    const pid = holder.split('-')[0];
    if (Date.now() > deadline) {
      throw new SetupError(
        `process ${pid} has been setting up this checkout for too long.`,
        `End it (kill ${pid}) and try again.`,
      );
    }
    if (!said) say(`waiting for the set-up that process ${pid} is at`);
    said = true;
  }
  try {
    await work();
  } finally {
    fs.rmSync(path.join(lock, self), { force: true });
    try {
      fs.rmdirSync(lock);
    } catch {
      // The next one has it already.
    }
  }
}

/** @param {string} lock @param {string} self */
function tryLock(lock, self) {
  const prepared = `${lock}.${self}`;
  fs.mkdirSync(prepared, { recursive: true });
  fs.writeFileSync(path.join(prepared, self), '');
  try {
    fs.renameSync(prepared, lock);
    return true;
  } catch {
    fs.rmSync(prepared, { recursive: true, force: true });
    return false;
  }
}

/** The holder's file name; undefined when the lock was given back meanwhile. @param {string} lock */
function holderOf(lock) {
  try {
    return fs.readdirSync(lock)[0];
  } catch {
    return undefined;
  }
}

/** @param {string} holder */
function isAlive(holder) {
  const [pid, start] = holder.split('-');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return startTime(Number(pid)) === start;
}

/** Start time in clock ticks since boot (proc_pid_stat(5), field 22), so that a reused pid is told apart; 0 without /proc. @param {number} pid */
function startTime(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Fields are counted after the command's closing parenthesis, which ends field 2.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

// Ends processes that tests started and left behind. They are known by a variable that they inherit, so nobody else's are touched.
// Without /proc (macOS, Windows) nothing is found and nothing is ended.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const variable = 'NOPS_TEST_RUN';
const graceMs = 2000;

/** From here on every process that we start carries the returned mark. */
export function markProcesses() {
  const mark = `${variable}=${randomUUID()}`;
  process.env[variable] = mark.slice(variable.length + 1);
  return mark;
}

/** Asks the marked processes to end, then ends them, and says which they were. @param {string} mark */
export async function endLeftBehind(mark) {
  const left = marked(mark);
  if (left.length === 0) return;
  console.error(`test: ended what tests left running: ${left.map(pid => `${pid} (${commandOf(pid)})`).join(', ')}`);
  signal(left, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (marked(mark).length > 0 && Date.now() < deadline) await sleep(50);
  signal(marked(mark), 'SIGKILL');
}

/** @param {number[]} pids @param {NodeJS.Signals} name */
function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended by itself.
    }
  }
}

/** Pids of the processes that carry the mark, without our own: its variables were read by the kernel when it started. @param {string} mark */
function marked(mark) {
  if (!fs.existsSync('/proc/self/environ')) return [];
  const pids = fs.readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return pids.map(Number).filter(pid => pid !== process.pid && read(pid, 'environ').split('\0').includes(mark));
}

/** @param {number} pid */
function commandOf(pid) {
  return read(pid, 'cmdline').replaceAll('\0', ' ').trim().slice(0, 100);
}

/** @param {number} pid @param {string} file */
function read(pid, file) {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

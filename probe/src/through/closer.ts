/**
 * A small process in a session of its own that closes the inspector which we had a process open, when we can't: killed, crashed, or given
 * up before it was there. It is ready before the signal is sent. As long as the pipe to it is open it does nothing; one byte on it says
 * that all is closed; its end without that byte says that something may be left.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { networkOf } from './network.js';

/** A process may be held up for long before it opens the inspector that it was asked for. */
const lateMs = 15 * 60_000;
const startDeadlineMs = 10_000;

/**
 * Runs in the closer. Arguments: pid, start time (field 22 of proc_pid_stat(5)), milliseconds, and the ports that are the app's own. A new
 * port that turns out to be none of an inspector's is asked three times at most. An inspector that does not close, since its main thread is
 * held up, is asked less and less often: the process prints a line each time. It speaks just enough WebSocket to end one.
 */
const source = `
const fs = require('node:fs'), http = require('node:http'), crypto = require('node:crypto');
const [pid, startTime, ms, own] = process.argv.slice(1);
const known = new Set(own.split(',').map(Number)), asked = new Map();
const isSame = () => {
  try {
    const line = fs.readFileSync('/proc/' + pid + '/stat', 'latin1');
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] === startTime;
  } catch { return false; }
};
const ports = () => {
  if (!fs.existsSync('/proc/' + pid + '/fd')) return [];
  const inodes = new Set();
  for (const fd of fs.readdirSync('/proc/' + pid + '/fd')) {
    try { const m = /^socket:\\[(\\d+)/.exec(fs.readlinkSync('/proc/' + pid + '/fd/' + fd)); if (m) inodes.add(m[1]); } catch {}
  }
  const found = [];
  for (const table of ['tcp', 'tcp6']) {
    let text = '';
    try { text = fs.readFileSync('/proc/' + pid + '/net/' + table, 'latin1'); } catch {}
    for (const line of text.split('\\n').slice(1)) {
      const words = line.trim().split(/\\s+/);
      const port = words[3] === '0A' && inodes.has(words[9]) ? parseInt(words[1].split(':')[1], 16) : 0;
      if (port > 0 && !known.has(port)) found.push(port);
    }
  }
  return found;
};
const close = port => new Promise(resolve => {
  const ask = http.get({ port, host: '127.0.0.1', path: '/json/list', timeout: 1000 }, response => {
    let text = '';
    response.on('data', chunk => { if ((text += chunk).length > 65536) ask.destroy(); });
    response.on('error', () => resolve(false));
    response.on('end', () => {
      let path;
      try { path = new URL(JSON.parse(text)[0].webSocketDebuggerUrl).pathname; } catch { return resolve(false); }
      const key = crypto.randomBytes(16).toString('base64');
      const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': key, 'sec-websocket-version': 13 };
      http.get({ port, host: '127.0.0.1', path, headers, timeout: 1000 })
        .on('upgrade', (_, socket) => {
          const body = Buffer.from(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: 'process._debugEnd()' } }));
          const mask = crypto.randomBytes(4);
          for (let i = 0; i < body.length; i++) body[i] ^= mask[i % 4];
          socket.on('error', () => {});
          socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), mask, body]));
          setTimeout(() => { socket.destroy(); resolve(true); }, 200);
        })
        .on('timeout', function () { this.destroy(); })
        .on('error', () => resolve(false));
    });
  });
  ask.on('timeout', () => ask.destroy()).on('error', () => resolve(false));
});
let done = false;
const sweep = async () => {
  if (done) process.exit();
  let again = 250;
  for (const until = Date.now() + Number(ms); Date.now() < until && isSame(); ) {
    for (const port of ports()) {
      if (await close(port)) {
        await new Promise(resolve => setTimeout(resolve, 300));
        if (!isSame() || !ports().includes(port)) process.exit();
        again = Math.min(again * 2, 2000);
      } else {
        asked.set(port, (asked.get(port) || 0) + 1);
        if (asked.get(port) === 3) known.add(port);
      }
    }
    await new Promise(resolve => setTimeout(resolve, again));
  }
  process.exit();
};
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});
process.stdin.on('data', () => { done = true; }).on('end', sweep).on('error', sweep);
process.stdout.on('error', () => {}).write('r');
`;

export class Closer {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** `before`: the ports that it listened on already. Resolves when it is ready. Throws `impossible` when it can't be started: then nothing may be opened. */
  static async start(pid: number, startTime: string, before: ReadonlySet<number>): Promise<Closer> {
    const args = [String(pid), startTime, String(lateMs), [...before].join()];
    const words = [...networkOf(pid), process.execPath, '-e', source, ...args];
    const [command = '', ...rest] = words;
    const child = spawn(command, rest, {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
      cwd: '/',
    });
    child.stdin.on('error', () => {}); // it is gone
    const dead = Promise.race([once(child, 'exit'), once(child, 'error')]).then(() => false);
    const ready = await Promise.race([
      once(child.stdout, 'data').then(() => true),
      dead,
      sleep(startDeadlineMs, false, { ref: false }),
    ]).catch(() => false);
    if (!ready) {
      child.kill('SIGKILL');
      throw new NopsError(
        'impossible',
        'what closes the inspector if nops is killed could not be started: no signal was sent',
      );
    }
    child.stdout.destroy();
    child.unref();
    return new Closer(child);
  }

  /** All is closed: it ends without doing anything. */
  done(): void {
    this.#child.stdin?.end('d');
  }

  /** Something may be left open, now or later: it watches for that, and closes it. */
  takeOver(): void {
    this.#child.stdin?.end();
  }
}

/**
 * Reads the kernel's table of TCP sockets again and again while an inspector listens, in a process of its own: one reading takes
 * milliseconds where there are many sockets, which the one that closes the inspector does not have.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { NopsError } from '@nops/core/protocol/errors';
import { startDeadlineMs } from './closer.js';
import { portMark, type Seen } from './port-watch.js';
import { SocketEvents } from './socket-events.js';

/** The inspector is already closed, so this may be long. */
const answerMs = 15_000;
/** Lines that are kept, each some 150 bytes. */
const maxLines = 50_000;
const maxAnswerBytes = 8 << 20;

/**
 * For \`node -e\`, with the pid as its argument. A byte on standard input begins; a line \`:<port in hexadecimal>\` ends, and is answered with one
 * line of JSON: \`[table, line, milliseconds of CLOCK_MONOTONIC]\` for each socket of that port that was seen, the first time it was.
 */
const program = `
const fs = require('node:fs');
const seen = new Map();
const look = () => {
  for (const table of ['tcp', 'tcp6']) {
    let text = '';
    const ms = Number(process.hrtime.bigint() / 1000000n);
    try { text = fs.readFileSync('/proc/' + process.argv[1] + '/net/' + table, 'latin1'); } catch {}
    for (const line of text.split('\\n').slice(1)) {
      const words = line.trim().split(/ +/);
      const key = [table, words[1], words[2], words[3], words[7], words[9]].join();
      if (!seen.has(key) && seen.size < ${maxLines}) seen.set(key, [table, line, ms]);
    }
  }
};
let timer;
const loop = () => { look(); timer = setTimeout(loop, 1); };
process.stdin.on('data', data => {
  const [mark] = /:[0-9A-F]{4} /.exec(data) ?? [];
  if (mark === undefined) { if (timer === undefined) loop(); return; }
  clearTimeout(timer);
  look();
  process.stdout.write(JSON.stringify([...seen.values()].filter(([, line]) => line.includes(mark))) + '\\n', () => process.exit());
}).on('end', () => process.exit()).on('error', () => process.exit());
process.stdout.on('error', () => process.exit()).write('r');
`;

export class TableWatcher {
  readonly #child: ChildProcess;
  readonly #events: SocketEvents | undefined;

  private constructor(child: ChildProcess, events: SocketEvents | undefined) {
    this.#child = child;
    this.#events = events;
  }

  /** Resolves when it is ready. Throws `impossible` when it can't be started: then nothing may be opened. */
  static async start(pid: number): Promise<TableWatcher> {
    const child = spawn(process.execPath, ['-e', program, String(pid)], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
      cwd: '/',
    });
    child.stdin.on('error', () => {}); // it is gone
    const events = SocketEvents.start(pid);
    const ready = await Promise.race([
      once(child.stdout, 'data').then(() => true),
      Promise.race([once(child, 'exit'), once(child, 'error')]).then(() => false),
      sleep(startDeadlineMs, false, { ref: false }),
    ]).catch(() => false);
    if (!ready) {
      child.kill('SIGKILL');
      (await events)?.stop();
      throw new NopsError(
        'impossible',
        'what watches who connects to the inspector could not be started: no signal was sent',
      );
    }
    return new TableWatcher(child, await events);
  }

  async begin(): Promise<void> {
    await this.#events?.begin();
    this.#child.stdin?.write('b');
  }

  /** Ends it. Throws `no-answer` when it does not say what it has seen. */
  async end(port: number): Promise<Seen> {
    const line = this.#readLine();
    this.#child.stdin?.write(portMark(port));
    const clients = (await this.#events?.clientsOf(port)) ?? [];
    const text = await Promise.race([line, sleep(answerMs, undefined, { ref: false })]);
    this.stop();
    const rows: unknown = text === undefined ? undefined : JSON.parse(text);
    if (Array.isArray(rows)) return { rows: rows as Seen['rows'], clients };
    throw new NopsError(
      'no-answer',
      'who connected to the inspector meanwhile is not known: its watcher did not answer',
    );
  }

  stop(): void {
    this.#events?.stop();
    this.#child.kill('SIGKILL');
  }

  async #readLine(): Promise<string | undefined> {
    let text = '';
    for await (const chunk of this.#child.stdout ?? []) {
      text += String(chunk);
      if (text.endsWith('\n') || text.length > maxAnswerBytes) break;
    }
    return text.endsWith('\n') ? text : undefined;
  }
}

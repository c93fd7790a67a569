/**
 * The program of the process that closes an inspector when nops can't. It is a text, since it must start in a network that is not ours,
 * with nothing of our files.
 */

import { endInspector } from './end-inspector.js';

/**
 * For `node -e`. Arguments: pid, start time (field 22 of proc_pid_stat(5)), milliseconds, the ports that are the app's own, and the file that
 * says whose turn it is (turn.ts; empty for none) with the pid that it names now. A new port
 * that answers as no inspector does is asked three times at most, one that says nothing sixty times: on a machine with far too much to do an
 * inspector takes its time. An inspector that does not close, since its main thread is held up, is asked less and less often: the process prints a
 * line each time. It speaks just enough WebSocket to end one (a frame of up to 125 bytes).
 *
 * It ends when none is left and none can come any more (opens-again.ts), and when another nops has taken its turn (turn.ts): that has a closer
 * of its own. While one may still come it looks at few files (the event loops' own) four times a second, and at all descriptors once: an app may
 * have thousands.
 */
export const closerProgram = `
const fs = require('node:fs'), http = require('node:http'), crypto = require('node:crypto');
const ends = ${JSON.stringify(endInspector)};
const [pid, startTime, ms, own, turnFile, holder] = process.argv.slice(1);
const known = new Set(own.split(',').map(Number)), asked = new Map();
const startOf = id => {
  try {
    const line = fs.readFileSync('/proc/' + id + '/stat', 'latin1');
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
  } catch { return undefined; }
};
const isSame = () => startOf(pid) === startTime;
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
let eventfds;
const isEventfd = fd => { try { return fs.readlinkSync('/proc/' + pid + '/fd/' + fd) === 'anon_inode:[eventfd]'; } catch { return false; } };
const count = fd => { try { return fs.readFileSync('/proc/' + pid + '/fdinfo/' + fd, 'latin1'); } catch { return ''; } };
const isAskedAgain = () => {
  if (!fs.existsSync('/proc/' + pid + '/fd')) return false;
  eventfds ||= fs.readdirSync('/proc/' + pid + '/fd').filter(isEventfd);
  return eventfds.some(fd => /^eventfd-count:\\s*0*[1-9a-f]/m.test(count(fd)));
};
const close = (port, expression) => new Promise(resolve => {
  const ask = http.get({ port, host: '127.0.0.1', path: '/json/list', timeout: 1000 }, response => {
    let text = '';
    response.on('data', chunk => { if ((text += chunk).length > 65536) { resolve('other'); ask.destroy(); } });
    response.on('error', () => resolve('silent'));
    response.on('end', () => {
      let path;
      try { path = new URL(JSON.parse(text)[0].webSocketDebuggerUrl).pathname; } catch { return resolve('other'); }
      const key = crypto.randomBytes(16).toString('base64');
      const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': key, 'sec-websocket-version': 13 };
      http.get({ port, host: '127.0.0.1', path, headers, timeout: 1000 })
        .on('upgrade', (_, socket) => {
          const body = Buffer.from(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, includeCommandLineAPI: true } }));
          const mask = crypto.randomBytes(4);
          for (let i = 0; i < body.length; i++) body[i] ^= mask[i % 4];
          socket.on('error', () => {});
          socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), mask, body]));
          setTimeout(() => { socket.destroy(); resolve('told'); }, 200);
        })
        .on('timeout', function () { this.destroy(); })
        .on('error', () => resolve('silent'));
    });
  });
  ask.on('timeout', () => ask.destroy()).on('error', () => resolve('silent'));
});
const holderNow = () => {
  try {
    const file = fs.openSync(turnFile, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
    try {
      const text = Buffer.alloc(1024);
      const other = JSON.parse(text.toString('utf8', 0, fs.readSync(file, text, 0, 1024, 0)));
      return typeof other.startTime === 'string' && Number.isInteger(other.pid) ? other : undefined;
    } finally { fs.closeSync(file); }
  } catch { return undefined; }
};
const isTaken = () => {
  const other = holderNow();
  return other !== undefined && String(other.pid) !== holder && startOf(other.pid) === other.startTime;
};
let told = '';
const sweep = async () => {
  if (told === 'd') process.exit();
  // A nops that was killed could not end its turn; one that goes on has ended it before.
  const last = holderNow();
  if (last !== undefined && String(last.pid) === holder) try { fs.unlinkSync(turnFile); } catch {}
  let again = 250, tries = 0, quiet = 0, looks = 0, wasClosed = told === 'w';
  for (const until = Date.now() + Number(ms); Date.now() < until && isSame(); ) {
    const mayOpen = isAskedAgain();
    const open = wasClosed && mayOpen && looks++ % 4 > 0 ? [] : ports();
    quiet = open.length > 0 || mayOpen ? 0 : quiet + 1;
    if (wasClosed && quiet > 1) process.exit();
    if (open.length > 0 && isTaken()) process.exit();
    for (const port of open) {
      const answer = await close(port, ends[tries++ % ends.length]);
      if (answer === 'told') {
        await new Promise(resolve => setTimeout(resolve, 300));
        if (isSame() && ports().includes(port)) again = Math.min(again * 2, 2000);
        else wasClosed = true;
      } else {
        const times = (asked.get(port) || 0) + (answer === 'other' ? 20 : 1);
        asked.set(port, times);
        if (times >= 60) known.add(port);
      }
    }
    await new Promise(resolve => setTimeout(resolve, again));
  }
  process.exit();
};
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});
process.stdin.on('data', data => { told = String(data); }).on('end', sweep).on('error', sweep);
process.stdout.on('error', () => {}).write('r');
`;

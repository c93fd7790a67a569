/**
 * What the target runs first once its inspector listens: it closes the inspector again, and starts a worker thread that reaches the main
 * thread's inspector from within the process. What follows goes through that worker's socket, in a folder that only the target's user can
 * open, so the port that any local user can connect to is open for milliseconds only.
 *
 *   nops ──(port, once)──▶ main thread: close the port, start the relay
 *   nops ──(unix socket)─▶ relay (worker thread) ──(inspector.Session)──▶ main thread
 *
 * Both programs are texts: they must run in any process, whatever it has loaded.
 */

export interface RelayRequest {
  /** Tried in this order, as the target sees them; each must belong to its user alone. */
  folders: readonly string[];
  /** The file name of the socket. */
  name: string;
  /** The first line that the relay sends repeats it, with the pid as the process sees itself. */
  nonce: string;
}

/** What the target answers when it could not close the inspector with the first message; then the inspector is still open. */
export interface RelayRefusal {
  /** Why it can have no relay. */
  failure?: string;
  /** Node is loading one of its own modules: the same works in a few milliseconds. */
  again?: boolean;
}

/** How long the relay waits for nops to connect. */
const connectMs = 5000;
/** How long the end of the process may be put off until the relay has left the inspector. */
const exitMs = 200;
/** No message of ours is larger: the agent to load has some 600 kB. */
const maxMessageCharacters = 16 << 20;

/**
 * The worker thread. It leaves the main thread's inspector before it ends, and ends only when the main thread has let go of its session:
 * Node aborts the process when both happen at once (agent/src/worker/main-thread/let-go.ts). The main thread says so from its event loop;
 * where that never turns, nops sees it from outside and sends `over`.
 */
const worker = `
'use strict';
const { parentPort, workerData: { path, nonce, state } } = require('node:worker_threads');
const { Session } = require('node:inspector');
const { chmodSync } = require('node:fs');
const net = require('node:net');
const session = new Session();
session.connectToMainThread();
Atomics.store(state, 0, 1);
let client, hasLeft = false;
const say = message => { if (client && !client.destroyed) client.write(JSON.stringify(message) + '\\n'); };
const leave = () => {
  if (hasLeft) return;
  hasLeft = true;
  clearTimeout(unused);
  server.close();
  session.disconnect();
  Atomics.store(state, 0, 0);
  Atomics.notify(state, 0);
  parentPort.postMessage('leaving');
};
const end = () => { leave(); parentPort.close(); if (client) client.end(); };
parentPort.on('message', message => message === 'exit' ? leave() : end());
session.on('inspectorNotification', say);
const obey = ({ id, method, params, leave: isLeaving, over }) => {
  if (over) return end();
  if (isLeaving || hasLeft) return leave();
  session.post(method, params, (error, result) =>
    say(error ? { id, error: { message: String(error.message) } } : { id, result }));
};
const server = net.createServer(socket => {
  clearTimeout(unused);
  server.close();
  client = socket.setEncoding('utf8');
  say({ nonce, pid: process.pid });
  let text = '';
  socket.on('data', chunk => {
    const lines = (text + chunk).split('\\n');
    text = lines.pop();
    if (text.length > ${maxMessageCharacters}) socket.destroy();
    for (const line of lines) {
      try { obey(JSON.parse(line)); } catch (error) { say({ error: { message: String(error) } }); }
    }
  });
  socket.on('error', () => {}).on('close', leave);
});
const unused = setTimeout(leave, ${connectMs});
server.on('error', leave).listen(path, () => chmodSync(path, 0o600));
`;

/**
 * The expression for Runtime.evaluate with the command-line API, whose \`require\` is Node's own. It closes the inspector, and with it the
 * conversation, so it has no answer when all went well. Otherwise its value is a \`RelayRefusal\`.
 *
 * The signal asks Node for the inspector twice: by an interrupt of JavaScript and by a message to the event loop (src/inspector_agent.cc,
 * RequestIoThreadStart). Where the interrupt was first, the message opens it once more; so the event loop closes it once more, in the same
 * turn.
 */
export function relayExpression(request: RelayRequest): string {
  return `(({ folders, name, nonce }) => {
    const loading = /^node:internal\\/bootstrap\\/(?:realm|loaders)$/;
    const { stackTraceLimit, prepareStackTrace } = Error;
    let files = [];
    try {
      Error.stackTraceLimit = 50;
      Error.prepareStackTrace = (_, sites) => sites.map(site => site.getFileName() ?? '');
      files = Error.captureStackTrace(files) ?? files.stack;
      Error.stackTraceLimit = stackTraceLimit;
      Error.prepareStackTrace = prepareStackTrace;
    } catch {}
    if (Array.isArray(files) && files.some(file => loading.test(file))) return { again: true };
    // Node 26 gives an app that has frozen globalThis no \`require\`; Node before 20.16 has no getBuiltinModule.
    const load = name => (typeof require === 'function' ? require(name) : process.getBuiltinModule(name));
    const fs = load('node:fs'), path = load('node:path'), proc = load('node:process');
    const { Worker, MessageChannel } = load('node:worker_threads');
    const inspector = load('node:inspector');
    const major = parseInt(proc.versions.node, 10);
    if (major >= 22 && proc.execArgv.some(word => /^--snapshot-blob(?:=|$)/.test(word))) {
      return { failure: 'it began as a startup snapshot (--snapshot-blob), in which Node aborts when a worker thread loads node:net' };
    }
    if (proc.permission !== undefined && !(proc.permission.has('worker') && (major < 25 || proc.permission.has('net')))) {
      return { failure: 'it runs with --permission, and without --allow-worker or --allow-net' };
    }
    try {
      if (fs.readlinkSync('/proc/self/cwd').endsWith(' (deleted)')) return { failure: 'its working directory has been removed, and Node can start no thread then' };
    } catch {}
    const uid = proc.geteuid();
    const isOurs = folder => {
      try {
        if (fs.existsSync(path.dirname(folder))) fs.mkdirSync(folder, { mode: 0o700 });
      } catch {}
      try {
        const { mode, uid: owner } = fs.lstatSync(folder);
        fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
        return owner === uid && (mode & 0o170077) === 0o040000;
      } catch { return false; }
    };
    const folder = folders.find(isOurs);
    if (folder === undefined) return { failure: 'it can write to no folder that only its user can open: ' + folders.join(', ') };
    const close = () => {
      try { proc._debugEnd(); } catch {}
      if (inspector.url() !== undefined) inspector.close();
    };
    close();
    const { port1, port2 } = new MessageChannel();
    port2.on('message', () => { close(); port2.close(); });
    port2.unref();
    port1.postMessage(0);
    const state = new Int32Array(new SharedArrayBuffer(4));
    const relay = new Worker(${JSON.stringify(worker)}, {
      eval: true, name: 'nops relay', workerData: { path: path.join(folder, name), nonce, state },
      execArgv: [], argv: [], env: {}, stdout: true, stderr: true,
    });
    const onExit = () => {
      if (Atomics.load(state, 0) !== 1) return;
      relay.postMessage('exit');
      Atomics.wait(state, 0, 1, ${exitMs});
    };
    proc.on('exit', onExit);
    relay.on('message', () => relay.postMessage('left')).on('error', () => {}).on('exit', () => proc.off('exit', onExit));
    relay.unref();
  })(${JSON.stringify(request)})`;
}

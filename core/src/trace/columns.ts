/** The columns of an account: for each moment of a task, the one thing that it ran or waited for. docs/trace.md tells what each means. */

export const columns = [
  'js',
  'gc',
  'loopWait',
  'connect',
  'tls',
  'firstByte',
  'body',
  'dns',
  'fs',
  'threadpool',
  'timer',
  'child',
  'lock',
  'unknown',
] as const;

export type Column = (typeof columns)[number];

/** Milliseconds by column. */
export type Account = Record<Column, number>;

/** One for each task of millions: so it is spelled out. */
export function emptyAccount(): Account {
  return {
    js: 0,
    gc: 0,
    loopWait: 0,
    connect: 0,
    tls: 0,
    firstByte: 0,
    body: 0,
    dns: 0,
    fs: 0,
    threadpool: 0,
    timer: 0,
    child: 0,
    lock: 0,
    unknown: 0,
  };
}

/** The pipes of a child process. */
export const childPipe = 'CHILDPIPE';
/** The stream of a request in by HTTP/2: who waits for it waits for what its client sends, or takes. */
export const serverStream = 'HTTP2SERVERSTREAM';

const network = 'network';

/** `network`: which part of an exchange, its own times tell. */
export type WaitKind = Column | typeof network;

/** Type of an async resource (async_hooks, node/src/async_wrap.h) → what who waits for it waits for. */
const byType: Record<string, WaitKind> = {
  Timeout: 'timer',
  Immediate: 'loopWait',
  FSREQCALLBACK: 'fs',
  FSREQPROMISE: 'fs',
  FILEHANDLE: 'fs',
  FILEHANDLECLOSEREQ: 'fs',
  FSEVENTWRAP: 'fs',
  STATWATCHER: 'fs',
  DIRHANDLE: 'fs',
  BLOBREADER: 'fs',
  GETADDRINFOREQWRAP: 'dns',
  GETNAMEINFOREQWRAP: 'dns',
  QUERYWRAP: 'dns',
  DNSCHANNEL: 'dns',
  TCPCONNECTWRAP: 'connect',
  PIPECONNECTWRAP: 'connect',
  TCPWRAP: network,
  TCPSERVERWRAP: network,
  TLSWRAP: network,
  PIPEWRAP: network,
  PIPESERVERWRAP: network,
  TTYWRAP: network,
  UDPWRAP: network,
  JSSTREAM: network,
  HTTPCLIENTREQUEST: network,
  HTTPINCOMINGMESSAGE: network,
  HTTP2SESSION: network,
  HTTP2STREAM: network,
  // What http2 runs a request's callbacks in (node/lib/internal/http2/core.js).
  PENDING: network,
  [serverStream]: 'body',
  WRITEWRAP: 'body',
  SHUTDOWNWRAP: 'body',
  UDPSENDWRAP: 'body',
  PBKDF2REQUEST: 'threadpool',
  SCRYPTREQUEST: 'threadpool',
  RANDOMBYTESREQUEST: 'threadpool',
  RANDOMPRIMEREQUEST: 'threadpool',
  CHECKPRIMEREQUEST: 'threadpool',
  KEYGENREQUEST: 'threadpool',
  KEYPAIRGENREQUEST: 'threadpool',
  KEYEXPORTREQUEST: 'threadpool',
  CIPHERREQUEST: 'threadpool',
  DERIVEBITSREQUEST: 'threadpool',
  HASHREQUEST: 'threadpool',
  SIGNREQUEST: 'threadpool',
  ZLIB: 'threadpool',
  PROCESSWRAP: 'child',
  [childPipe]: 'child',
  MESSAGEPORT: 'child',
  WORKER: 'child',
};

export function waitKindOf(type: string): WaitKind {
  return byType[type] ?? (/REQUEST$/.test(type) ? 'threadpool' : 'unknown');
}

/** A callback of these follows another one in the same turn of the event loop: it says nothing of what ended a wait. */
export function isMicro(type: string): boolean {
  return type === 'PROMISE' || type === 'TickObject' || type === 'Microtask';
}

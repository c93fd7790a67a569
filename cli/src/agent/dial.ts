/** Connects to the unix socket of an agent; nothing else does. Whose it is is checked before. */

import type { Stats } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { basename } from 'node:path';
import { maxSocketPathBytes } from '@nops/core/protocol/announcement';
import { NopsError } from '@nops/core/protocol/errors';
import { connectSocket } from '@nops/probe/beside/connect-socket';
import { listensOn } from '@nops/probe/beside/listens-on';
import type { UnixAddress } from './address.js';

/** The kernel accepts for a busy listener, so this says nothing about how fast it answers. */
const connectMs = 1_000;

/**
 * A connection that is being made. Throws a NopsError when it is not the agent of the process that is meant, or not ours to ask; an errno
 * when there is no such file.
 */
export function dial(address: UnixAddress): Socket {
  return connectTo(address, checkListener);
}

/**
 * False only when it is certain that nobody listens: an agent that was closed badly leaves a socket that refuses. Throws a NopsError when
 * somebody does who is not the agent that is meant; what else is wrong is told by the request that follows.
 */
export async function isListening(address: UnixAddress): Promise<boolean> {
  // First without looking for whose it is: one that goes away just now is nobody's.
  if (!(await answers(() => connectTo(address, () => {})))) return false;
  try {
    checkListener(address);
    return true;
  } catch (error) {
    if (await answers(() => connectTo(address, () => {}))) throw error;
    return false;
  }
}

function answers(open: () => Socket): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => {
      if (error instanceof NopsError) reject(error);
      else resolve(!/^(?:ECONNREFUSED|ENOENT)$/.test((error as NodeJS.ErrnoException).code ?? ''));
    };
    try {
      const socket = open();
      const end = () => resolve(true);
      socket.setTimeout(connectMs, end).on('connect', end).on('error', failed);
      socket.on('timeout', () => socket.destroy()).on('connect', () => socket.destroy());
    } catch (error) {
      failed(error);
    }
  });
}

function connectTo(address: UnixAddress, check: (address: UnixAddress) => void): Socket {
  if (process.platform !== 'linux') return connect({ path: checkedLength(address.path) });
  return connectSocket(address.path, stats => {
    checkFile(address, stats);
    check(address);
  });
}

/** What is not Linux has no file to hold on to, and cuts what is longer. */
function checkedLength(path: string): string {
  if (Buffer.byteLength(path) <= maxSocketPathBytes) return path;
  throw new NopsError(
    'usage',
    `the socket path ${path} is longer than the ${maxSocketPathBytes} bytes that a socket's name can have`,
    'Change into its folder and give a relative path: unix:<file>',
  );
}

/**
 * Another user's socket may be there to be mistaken for an agent's, and answers what it likes. Where no process is meant root asks on behalf
 * of every user.
 */
function checkFile({ path, of }: UnixAddress, stats: Stats): void {
  if (stats.isSymbolicLink()) {
    const seen = `the socket ${path} is a link, which can lead to another process`;
    throw of === undefined
      ? new NopsError('no-permission', seen, 'Give the path of the socket itself.')
      : notTheirs(of, `${seen}; agents make none`);
  }
  if (!stats.isSocket()) throw Object.assign(new Error(`${path} is no socket`), { code: 'ENOTSOCK' });
  const own = process.geteuid?.() ?? 0;
  if (of !== undefined && stats.uid !== of.uid) {
    throw notTheirs(of, `the socket ${path} belongs to uid ${stats.uid}, the process runs as uid ${of.uid}`);
  }
  if (of !== undefined || own === 0 || stats.uid === own || stats.uid === 0) return;
  throw new NopsError(
    'no-permission',
    `the socket ${path} belongs to uid ${stats.uid}, you are uid ${own}`,
    `Run nops as the user it belongs to: sudo -u '#${stats.uid}' nops …`,
  );
}

/** Of each address once: the descriptors of a process may be 100,000. */
const checked = new WeakSet<UnixAddress>();

/**
 * Where the kernel does not let us see the descriptors (Yama, another user's process) this can't be checked: then it rests on the folder,
 * which only the user of the process can write to, on the owner of the socket, and on the process that the answer names.
 */
function checkListener(address: UnixAddress): void {
  const { of, path } = address;
  if (of?.pid === undefined || checked.has(address)) return;
  if (listensOn(of.pid, basename(path)) === false) {
    throw notTheirs(of, `process ${of.pid} does not listen on the socket ${path} that it announces`);
  }
  checked.add(address);
}

/** What was seen in place of the agent of `of`. */
export function notTheirs({ pid }: NonNullable<UnixAddress['of']>, seen: string): NopsError {
  const next = 'No agent does that: somebody with the rights of the process’s user does.';
  return new NopsError(
    'no-permission',
    seen,
    pid === undefined ? next : `${next} nops top ${pid}, fds, sockets and async look from outside and ask no agent`,
  );
}

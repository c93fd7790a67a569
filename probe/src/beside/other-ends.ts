/**
 * Who is at the other end of what a thread waits for: of a pipe or FIFO, a unix socket, a TCP connection within this machine. The answer
 * to "it waits, but for whom?", from /proc alone (and `ss` for unix sockets).
 */

import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { FdTarget, OtherEnd, ThreadActivity } from '@nops/core/protocol/results';
import { formatEndpoint } from './addresses.js';
import { findHolders, type Holder, type Holders, type Sought } from './fd-holders.js';
import { sharesNamespace } from './namespaces.js';
import { orUndefined, procPath, readStat, tryReadLink } from './procfs.js';
import { slowMounts } from './slow-mounts.js';
import { socketInode } from './socket-index.js';
import { parseInetTable, readTable } from './socket-tables.js';
import { unixPeers } from './unix-peers.js';

/** Ends told of one descriptor. */
const maxEnds = 16;

interface Question {
  fd: number;
  target: FdTarget;
  sought: Sought;
  /** Which holders are at the other end. */
  counts(holder: Holder): boolean;
}

/**
 * Fills in `otherEnd` of the descriptors that `threads` of `pid` are blocked on; looks at all processes once when there is one, at none
 * otherwise. Returns what its reader must know, as sentences.
 */
export function findOtherEnds(pid: number, threads: ThreadActivity[]): string[] {
  const sources = lazySources(pid);
  const questions = threads.flatMap(thread => questionOf(pid, thread, sources) ?? []);
  const [first] = questions;
  if (first === undefined) return sources.notes();
  const found = findHolders(questions.map(({ sought }) => sought));
  const endOf = namedEnds();
  questions.forEach(({ fd, target, counts }, index) => {
    const isOwn = (holder: Holder) => holder.pid === pid && holder.fd === fd;
    const ends = (found.holders[index] ?? []).filter(counts);
    const others = ends.filter(holder => !isOwn(holder));
    if (others.length > 0 || !ends.some(isOwn)) target.otherEnd = others.slice(0, maxEnds).map(endOf);
  });
  return [...sources.notes(), ...notesFor(found, questions)];
}

function notesFor({ complete, closed }: Holders, questions: Question[]): string[] {
  const notes: string[] = [];
  if (!complete)
    notes.push('Not all descriptors of this machine were searched for the other ends: there are too many.');
  const missing = questions.some(({ target }) => target.otherEnd?.length === 0);
  if (missing && closed > 0) {
    notes.push(`The descriptors of ${closed} processes are hidden from you; the other end may be one of theirs.`);
  }
  return notes;
}

/** What is asked about a blocked thread; undefined where there is nothing to ask, or no way to know. */
function questionOf(pid: number, { state, syscall }: ThreadActivity, sources: Sources): Question | undefined {
  if ((state !== 'sleeping' && state !== 'disk') || syscall?.fd === undefined) return undefined;
  const { fd, target, name } = syscall;
  if (target === undefined) return undefined;
  if (target.kind === 'pipe' || target.kind === 'fifo') {
    const sought = target.kind === 'pipe' ? { link: target.path } : fifoAt(pid, fd, target.path);
    return sought && { fd, target, sought, counts: oppositeOf(name) };
  }
  const inode = socketInode(target.path);
  if (inode === undefined) return undefined;
  const peer = target.kind === 'tcp' ? sources.tcpPeer(target) : unixPeer(target, inode, sources);
  return peer === undefined ? undefined : { fd, target, sought: { link: `socket:[${peer}]` }, counts: () => true };
}

/** A FIFO on a file system whose server may not answer is not asked about. */
function fifoAt(pid: number, fd: number, path: string): Sought | undefined {
  if (slowMounts(pid).holds(fd)) return undefined;
  const stats = orUndefined(() => statSync(`${procPath(pid)}/fd/${fd}`, { bigint: true }));
  return stats === undefined ? undefined : { path, device: stats.dev, inode: stats.ino };
}

/** Who reads waits for those who write, and the other way round. */
function oppositeOf(call: string): (holder: Holder) => boolean {
  if (/^(?:p?readv?\d*|splice)$/.test(call)) return holder => holder.writes;
  if (/^(?:p?writev?\d*|vmsplice|sendfile)$/.test(call)) return holder => holder.reads;
  return () => true;
}

function unixPeer(target: FdTarget, inode: number, sources: Sources): number | undefined {
  if (target.kind !== 'unix') return undefined;
  const peer = sources.unixPeer(inode);
  if (peer === undefined) return undefined;
  target.recvQ = peer.recvQ;
  target.sendQ = peer.sendQ;
  return peer.inode;
}

type Sources = ReturnType<typeof lazySources>;

/** The kernel's tables of connections, each read at most once and only when it is needed. */
function lazySources(pid: number) {
  let tcp: Map<string, number> | undefined;
  let unix: ReturnType<typeof unixPeers> | null;
  let unseen = false;
  return {
    /** The inode of the socket that has the two addresses the other way round, when it is in the same network namespace. */
    tcpPeer({ local, peer }: FdTarget): number | undefined {
      tcp ??= tcpInodes(pid);
      return tcp.get(`${peer} ${local}`);
    },
    unixPeer(inode: number) {
      // From within the process nothing is started: to fork a large one would hold up its threads.
      const asks = pid !== process.pid && sharesNamespace(pid, 'net') !== false;
      if (unix === undefined) unix = (asks ? unixPeers() : undefined) ?? null;
      unseen ||= unix === null;
      return unix?.get(inode);
    },
    notes: () =>
      unseen
        ? [
            'The other end of a unix socket can be told only with ss (iproute2), from outside and in the same network namespace.',
          ]
        : [],
  };
}

/** Inodes by `<local> <remote>`; without those that no process holds. */
function tcpInodes(pid: number): Map<string, number> {
  const rows = ['tcp', 'tcp6'].flatMap(name => parseInetTable(readTable(pid, name).text));
  return new Map(
    rows
      .filter(({ inode }) => inode !== 0)
      .map(({ local, remote, inode }) => [`${formatEndpoint(local)} ${formatEndpoint(remote)}`, inode]),
  );
}

/** Each process is asked for its name once, of however many threads it is the other end. */
function namedEnds(): (holder: Holder) => OtherEnd {
  const names = new Map<number, string>();
  return ({ pid, fd }) => {
    const name = names.get(pid) ?? orUndefined(() => nameOf(pid)) ?? '';
    names.set(pid, name);
    return { pid, name, fd };
  };
}

/** From Node 22 on the name of a process is that of its main thread: then its program's tells more. */
function nameOf(pid: number): string {
  const { comm } = readStat(pid);
  const exe = comm.endsWith('MainThread') ? tryReadLink(pid, 'exe') : undefined;
  return exe === undefined ? comm : basename(exe.replace(/ \(deleted\)$/, ''));
}

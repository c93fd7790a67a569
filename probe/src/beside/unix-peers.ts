/**
 * The other ends of unix sockets. /proc/net/unix does not tell them; the kernel tells them over netlink (sock_diag(7), UNIX_DIAG_PEER), which
 * Node can't speak, so `ss` of iproute2 is asked where it is installed:
 *
 *   u_str ESTAB 0      0      /run/app.sock 27345      * 27346
 *   type  state Recv-Q Send-Q local path    inode  peer  inode
 */

import { execFileSync } from 'node:child_process';

export interface UnixPeer {
  inode: number;
  recvQ: number;
  sendQ: number;
}

const deadlineMs = 2000;
const maxOutputBytes = 16 << 20;

/** Peers by the inode of the socket they belong to, in our own network namespace; undefined when `ss` is not there or fails. */
export function unixPeers(): Map<number, UnixPeer> | undefined {
  try {
    const options = { timeout: deadlineMs, maxBuffer: maxOutputBytes, encoding: 'utf8', stdio: 'pipe' } as const;
    return parseUnixPeers(execFileSync('ss', ['-xnH'], options));
  } catch {
    return undefined;
  }
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && /^\d+$/.test(word);
}

/** Peers that do not name each other are left out: a path may look like anything. */
export function parseUnixPeers(text: string): Map<number, UnixPeer> {
  const peers = new Map<number, UnixPeer>();
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    // type, state, queues, path and inode, the peer's path and inode; paths may hold spaces and numbers.
    const inodeAt = words.findLastIndex((word, at) => at >= 4 && at <= words.length - 3 && isNumber(word));
    const numbers = [words[2], words[3], words[inodeAt], words.at(-1)];
    if (!line.startsWith('u_') || inodeAt < 0 || !numbers.every(isNumber)) continue;
    const [recvQ = 0, sendQ = 0, inode = 0, peer = 0] = numbers.map(Number);
    if (peer !== 0) peers.set(inode, { inode: peer, recvQ, sendQ });
  }
  for (const [inode, { inode: peer }] of peers) {
    const back = peers.get(peer);
    if (back !== undefined && back.inode !== inode) peers.delete(inode);
  }
  return peers;
}

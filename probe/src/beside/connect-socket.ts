/**
 * Connects to the very file that was looked at. A path is only a name, and what it leads to can be exchanged at any moment: so the file is
 * opened first with O_PATH (open(2)), looked at, and connected to through /proc/self/fd, which leads to this very file.
 */

import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** include/uapi/asm-generic/fcntl.h; Node has no name for it. The file is not opened for reading, so no FIFO or device notices. */
export const O_PATH = 0o10000000;

/** `check` throws for a file that is not the one that is meant; a link is not followed. A connection that is being made. Throws an errno. */
export function connectSocket(path: string, check: (stats: Stats) => void): Socket {
  const file = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    check(fstatSync(file));
    const socket = connect({ path: `/proc/self/fd/${file}` });
    // Kept until the kernel has looked it up.
    let isOpen = true;
    const release = () => {
      if (isOpen) closeSync(file);
      isOpen = false;
    };
    return socket.once('connect', release).once('close', release);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * The memory of a process, read-only: /proc/PID/mem, proc_pid_mem(5). Reading it needs ptrace's access rights but traces nothing and
 * pauses nobody, so what is read may change meanwhile: whoever reads checks what comes out, and takes `BadRead` for "look again".
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { errnoOf, orExplain, procPath } from './procfs.js';

/** What was read makes no sense: the memory moved on, is not mapped (any more), or is laid out in another way. */
export class BadRead extends Error {
  override name = 'BadRead';
}

/** Sizes come from the memory itself, and so does what they are made of. */
const maxReadBytes = 128 << 20;

/** 2^32. */
const high = 0x1_0000_0000;

/** The word at `offset` when it can be an address of user space (below 2^47), else -1, which never is one. */
export function addressAt(bytes: Buffer, offset: number): number {
  const upper = bytes.readUInt32LE(offset + 4);
  return upper > 0x7fff ? -1 : upper * high + bytes.readUInt32LE(offset);
}

export class Memory {
  readonly pid: number;
  readonly #file: number;
  readonly #word = Buffer.alloc(8);

  /** Throws `no-target`, `no-permission`, `impossible`. */
  constructor(pid: number) {
    this.pid = pid;
    this.#file = orExplain(pid, 'mem', () => openSync(`${procPath(pid)}/mem`, 'r'));
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Exactly `size` bytes from `address` on, in `into` when given. Throws `BadRead`. */
  read(address: number, size: number, into?: Buffer): Buffer {
    if (!(address > 0) || size < 0) throw new BadRead(`no address: ${address}`);
    if (size > maxReadBytes) throw new BadRead(`${size} bytes at once`);
    const bytes = into ?? Buffer.allocUnsafe(size);
    if (this.readInto(bytes, address, size) !== size) throw new BadRead(`not readable: 0x${address.toString(16)}`);
    return bytes;
  }

  /** How many of `size` bytes from `address` on were read into `bytes`: fewer where the mapping ends, 0 where there is none. */
  readInto(bytes: Uint8Array, address: number, size: number): number {
    let done = 0;
    while (done < size) {
      const count = this.#readSome(bytes, done, size - done, address + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  /** The pointer at `address`, -1 when the word is none. Throws `BadRead`. */
  pointer(address: number): number {
    return addressAt(this.read(address, 8, this.#word), 0);
  }

  uint32(address: number): number {
    return this.read(address, 4, this.#word).readUInt32LE(0);
  }

  uint16(address: number): number {
    return this.read(address, 2, this.#word).readUInt16LE(0);
  }

  #readSome(bytes: Uint8Array, offset: number, size: number, address: number): number {
    try {
      return readSync(this.#file, bytes, offset, size, address);
    } catch (error) {
      // EIO: not mapped. EFAULT, ESRCH: gone meanwhile. EINVAL, EOVERFLOW: no address at all.
      if (errnoOf(error) === undefined) throw error;
      return 0;
    }
  }
}

/**
 * The arguments of the system calls that wait, as a person reads them: numbers, names of flags, times, paths. In the order and with the
 * types of the manual pages (section 2); names of flags from the kernel's uapi headers. Pure but for `peek`, which the caller gives.
 */

import { formatMillis } from '@nops/core/units/format';
import {
  clockName,
  fcntlName,
  flagNames,
  flockName,
  futexName,
  messageFlags,
  openFlags,
  pollEvents,
  waitFlags,
} from './syscall-flags.js';

/** Bytes of the process's memory at an address; undefined where there are none, or we may not look. */
export type Peek = (address: bigint, length: number) => Buffer | undefined;

/**
 * What an argument is. `size` unsigned; `ms` a timeout in milliseconds, below 0 none; `wait` the address of a struct timespec with a
 * timeout, 0 for none; `nap` one with the time to sleep; `fds` the address of struct pollfd[]; `path` the address of a string.
 */
type Kind =
  | 'addr'
  | 'clock'
  | 'fcntl'
  | 'fd'
  | 'fds'
  | 'flock'
  | 'futex'
  | 'int'
  | 'message'
  | 'ms'
  | 'nap'
  | 'octal'
  | 'open'
  | 'path'
  | 'size'
  | 'wait'
  | 'waiting';

const kinds = parseTable(`
read fd addr size
write fd addr size
readv fd addr int
writev fd addr int
pread64 fd addr size size
pwrite64 fd addr size size
preadv fd addr int size size
pwritev fd addr int size size
sendfile fd fd addr size
splice fd addr fd addr size int
copy_file_range fd addr fd addr size int
recvfrom fd addr size message addr addr
sendto fd addr size message addr int
recvmsg fd addr message
sendmsg fd addr message
recvmmsg fd addr int message wait
connect fd addr int
accept fd addr addr
accept4 fd addr addr int
open path open octal
openat fd path open octal
close fd
fsync fd
fdatasync fd
ftruncate fd size
flock fd flock
fcntl fd fcntl addr
ioctl fd addr addr
stat path addr
lstat path addr
newfstatat fd path addr int
statx fd path int int addr
poll fds int ms
ppoll fds int wait addr size
select int addr addr addr addr
pselect6 int addr addr addr wait addr
epoll_wait fd addr int ms
epoll_pwait fd addr int ms addr size
epoll_pwait2 fd addr int wait addr size
futex addr futex int wait addr int
nanosleep nap addr
clock_nanosleep clock int nap addr
wait4 int addr waiting addr
waitid int int addr waiting addr
io_uring_enter fd int int int addr size
`);

/** A path longer than this is cut: PATH_MAX. */
const maxPathBytes = 4096;
const maxPollFds = 16;

/** `raw` (0x-hexadecimal, as the kernel writes them) made readable; as it is where the call is none of those above. */
export function readableArgs(name: string, raw: string[], peek: Peek): string[] {
  const wanted = kinds.get(name);
  if (wanted === undefined) return raw;
  const values = raw.map(BigInt);
  return values.map((value, index) => readable(wanted[index] ?? 'addr', value, { name, values, peek }));
}

interface Call {
  name: string;
  values: bigint[];
  peek: Peek;
}

function readable(kind: Kind, value: bigint, call: Call): string {
  const int = Number(BigInt.asIntN(32, value));
  switch (kind) {
    case 'addr':
      return address(value);
    case 'int':
      return String(int);
    case 'fd':
      return int === atCwd ? 'AT_FDCWD' : String(int);
    case 'size':
      return String(BigInt.asIntN(64, value));
    case 'octal':
      return `0${(int & 0o7777).toString(8)}`;
    case 'ms':
      return int < 0 ? noTimeout : formatMillis(int);
    case 'wait':
    case 'nap':
      return value === 0n ? noTimeout : duration(value, call);
    case 'fds':
      return pollFds(value, call);
    case 'path':
      return path(value, call.peek);
    case 'futex':
      return futexName(int);
    case 'clock':
      return clockName(int);
    case 'fcntl':
      return fcntlName(int);
    case 'flock':
      return flockName(int);
    case 'message':
      return flagNames(int, messageFlags);
    case 'open':
      return openFlags(int);
    case 'waiting':
      return flagNames(int, waitFlags);
  }
}

const noTimeout = 'no timeout';

/** AT_FDCWD, include/uapi/linux/fcntl.h. */
const atCwd = -100;

function address(value: bigint): string {
  return value === 0n ? 'NULL' : `0x${value.toString(16)}`;
}

/** A struct timespec { int64 seconds; int64 nanoseconds }: a length of time, or a moment of which is told how far it is. */
function duration(at: bigint, call: Call): string {
  const bytes = call.peek(at, 16);
  if (bytes === undefined) return address(at);
  const nanos = bytes.readBigInt64LE(0) * 1_000_000_000n + bytes.readBigInt64LE(8);
  const clock = absoluteClock(call);
  if (clock === undefined) return formatMillis(Number(nanos) / 1e6);
  const now = clock === 'realtime' ? BigInt(Date.now()) * 1_000_000n : process.hrtime.bigint();
  const leftMs = Number(nanos - now) / 1e6;
  return leftMs < 0 ? 'timeout now' : `${formatMillis(leftMs)} left`;
}

/** FUTEX_WAIT_BITSET 9 and FUTEX_CLOCK_REALTIME 256, linux/futex.h; TIMER_ABSTIME 1, linux/time.h. */
function absoluteClock({ name, values }: Call): 'realtime' | 'monotonic' | undefined {
  if (name === 'futex') {
    const op = Number(values[1] ?? 0n);
    if ((op & 127) !== 9) return undefined;
    return (op & 256) === 0 ? 'monotonic' : 'realtime';
  }
  if (name !== 'clock_nanosleep' || ((values[1] ?? 0n) & 1n) === 0n) return undefined;
  return values[0] === 0n ? 'realtime' : 'monotonic';
}

/** `[17 POLLIN, 18 POLLIN|POLLOUT]` from struct pollfd { int fd; short events; short revents }[]. */
function pollFds(at: bigint, { values, peek }: Call): string {
  const count = Number(BigInt.asUintN(32, values[1] ?? 0n));
  const shown = Math.min(count, maxPollFds);
  const bytes = shown === 0 ? undefined : peek(at, shown * 8);
  if (bytes === undefined) return address(at);
  const each = Array.from({ length: shown }, (_, index) => {
    const events = flagNames(bytes.readUInt16LE(index * 8 + 4), pollEvents);
    return `${bytes.readInt32LE(index * 8)} ${events}`;
  });
  return `[${each.join(', ')}${count > shown ? ', …' : ''}]`;
}

/** Read in pieces that end with their page: the next page may not be there. */
function path(at: bigint, peek: Peek): string {
  const pieces: Buffer[] = [];
  let length = 0;
  while (length < maxPathBytes) {
    const from = at + BigInt(length);
    const piece = peek(from, Math.min(256, 4096 - Number(from % 4096n)));
    if (piece === undefined) return address(at);
    const end = piece.indexOf(0);
    pieces.push(end < 0 ? piece : piece.subarray(0, end));
    if (end >= 0) break;
    length += piece.length;
  }
  return JSON.stringify(Buffer.concat(pieces).toString());
}

function parseTable(text: string): Map<string, Kind[]> {
  const rows = text.trim().split('\n');
  return new Map(rows.map(row => row.split(' ')).map(([name = '', ...args]) => [name, args as Kind[]]));
}

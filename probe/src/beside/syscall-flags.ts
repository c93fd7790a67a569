/** Names of the flags and operations of system calls, as their manual pages have them; values of x86-64 from include/uapi/. */

/** Names by bit, space-separated from bit 0 on; `-` for a bit without a name. */
type BitNames = string[];

const bits = (names: string): BitNames => names.split(' ');

/** include/linux/socket.h. */
export const messageFlags = bits(
  'MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC - MSG_TRUNC MSG_DONTWAIT MSG_EOR MSG_WAITALL - - - - MSG_ERRQUEUE MSG_NOSIGNAL MSG_MORE MSG_WAITFORONE',
);

/** uapi/linux/wait.h. */
export const waitFlags = bits('WNOHANG WUNTRACED WEXITED WCONTINUED');

/** uapi/asm-generic/poll.h. */
export const pollEvents = bits('POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL');

/** uapi/asm-generic/fcntl.h, from bit 6 on; the bits below are the way of access. */
const openBits = bits(
  '- - - - - - O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_DSYNC - O_DIRECT - O_DIRECTORY O_NOFOLLOW O_NOATIME O_CLOEXEC',
);

/** `A|B`; what has no name as a hexadecimal rest; `0` for none. */
export function flagNames(value: number, names: BitNames): string {
  const told: string[] = [];
  let rest = value >>> 0;
  names.forEach((name, bit) => {
    if (name === '-' || ((rest >>> bit) & 1) === 0) return;
    told.push(name);
    rest = (rest & ~(1 << bit)) >>> 0;
  });
  if (rest !== 0) told.push(`0x${rest.toString(16)}`);
  return told.length === 0 ? '0' : told.join('|');
}

export function openFlags(value: number): string {
  const access = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_RDWR'][value & 3] ?? '';
  const rest = value & ~3;
  return rest === 0 ? access : `${access}|${flagNames(rest, openBits)}`;
}

/** uapi/linux/futex.h: the operation in 7 bits, FUTEX_PRIVATE_FLAG 128, FUTEX_CLOCK_REALTIME 256. */
const futexOps = bits(
  'FUTEX_WAIT FUTEX_WAKE FUTEX_FD FUTEX_REQUEUE FUTEX_CMP_REQUEUE FUTEX_WAKE_OP FUTEX_LOCK_PI FUTEX_UNLOCK_PI FUTEX_TRYLOCK_PI FUTEX_WAIT_BITSET FUTEX_WAKE_BITSET FUTEX_WAIT_REQUEUE_PI FUTEX_CMP_REQUEUE_PI FUTEX_LOCK_PI2',
);

export function futexName(value: number): string {
  const op = futexOps[value & 127] ?? String(value & 127);
  return `${op}${(value & 128) === 0 ? '' : '_PRIVATE'}${(value & 256) === 0 ? '' : '|FUTEX_CLOCK_REALTIME'}`;
}

/** uapi/linux/time.h. */
const clocks = bits(
  'CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID CLOCK_THREAD_CPUTIME_ID CLOCK_MONOTONIC_RAW CLOCK_REALTIME_COARSE CLOCK_MONOTONIC_COARSE CLOCK_BOOTTIME',
);

export function clockName(value: number): string {
  return clocks[value] ?? String(value);
}

/** uapi/asm-generic/fcntl.h; those that wait, and those around them. */
const fcntls = bits(
  'F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_SETOWN F_GETOWN F_SETSIG F_GETSIG',
);

export function fcntlName(value: number): string {
  if (value === 38) return 'F_OFD_SETLKW';
  return fcntls[value] ?? String(value);
}

/** LOCK_SH 1, LOCK_EX 2, LOCK_NB 4, LOCK_UN 8: uapi/asm-generic/fcntl.h. */
export function flockName(value: number): string {
  return flagNames(value, bits('LOCK_SH LOCK_EX LOCK_NB LOCK_UN'));
}
